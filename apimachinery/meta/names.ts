import { randomInt } from 'node:crypto'

/** What is wrong with a name, in Kubernetes' words; empty when nothing is. */
export type NameProblems = readonly string[]

const label1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain1123 = `${label1123}(\\.${label1123})*`
const underscored1123 = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const underscored = `${underscored1123}(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValue = `(${qualified})?`

const whole = (expression: string): RegExp => new RegExp(`^(?:${expression})$`)
const isLabel1123 = whole(label1123)
const isSubdomain1123 = whole(subdomain1123)
const isUnderscored = whole(underscored)
const isLabel1035 = whole(label1035)
const isQualified = whole(qualified)
const isLabelValue = whole(labelValue)

const regexText = (expression: string, ...examples: string[]): string =>
  `(e.g. ${examples.map((example) => `'${example}'`).join(',  or ')}, regex used for validation is '${expression}')`

const subdomainText = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character ${regexText(subdomain1123, 'example.com')}`
const underscoredText = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character ${regexText(underscored, 'example.com')}`
const labelText = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character ${regexText(label1123, 'my-name', '123-abc')}`
const label1035Text = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character ${regexText(label1035, 'my-name', 'abc-123')}`
const qualifiedText = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character ${regexText(qualified, 'MyName', 'my.name', '123-abc')}`
const labelValueText = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character ${regexText(labelValue, 'MyValue', 'my_value', '12345')}`

const check = (name: string, max: number, form: { is: RegExp; text: string }): string[] => [
  ...(name.length > max ? [`must be no more than ${max} characters`] : []),
  ...(form.is.test(name) ? [] : [form.text]),
]

/** RFC 1123 subdomain, at most 253 characters: the name of most objects. */
export const validateSubdomain = (name: string): NameProblems =>
  check(name, 253, { is: isSubdomain1123, text: subdomainText })

/** The same with underscores, as names that are looked up may have them. */
export const validateSubdomainWithUnderscore = (name: string): NameProblems =>
  check(name, 253, { is: isUnderscored, text: underscoredText })

/** RFC 1123 label, at most 63 characters: the name of a Namespace. */
export const validateLabel = (name: string): NameProblems =>
  check(name, 63, {
    is: isLabel1123,
    text: isSubdomain1123.test(name) ? 'must not contain dots' : labelText,
  })

/** RFC 1035 label, at most 63 characters: ports and, before 1.36, Services. */
export const validateLabel1035 = (name: string): NameProblems =>
  check(name, 63, { is: isLabel1035, text: label1035Text })

/** Any name that is one path segment: the RBAC kinds. */
export function validatePathSegment(name: string): NameProblems {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  return ['/', '%'].filter((sign) => name.includes(sign)).map((sign) => `may not contain '${sign}'`)
}

/** `prefix/name` or `name`: keys of labels. `noun` names the thing in the message. */
export function validateQualifiedName(key: string, noun = 'a qualified name'): NameProblems {
  const parts = key.split('/')
  const [first = '', second] = parts
  if (parts.length > 2)
    return [
      `${noun} ${qualifiedText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  const problems: string[] = []
  if (second !== undefined) {
    if (first === '') problems.push('prefix part must be non-empty')
    else problems.push(...validateSubdomain(first).map((problem) => `prefix part ${problem}`))
  }
  const name = second ?? first
  if (name === '') problems.push('name part must be non-empty')
  else if (name.length > 63) problems.push('name part must be no more than 63 bytes')
  if (!isQualified.test(name)) problems.push(`name part ${qualifiedText}`)
  return problems
}

export const validateLabelKey = (key: string): NameProblems =>
  validateQualifiedName(key, 'a valid label key')

export const validateLabelValue = (value: string): NameProblems => [
  ...(Buffer.byteLength(value) > 63 ? ['must be no more than 63 bytes'] : []),
  ...(isLabelValue.test(value) ? [] : [labelValueText]),
]

// No vowels and no digits that look like letters, so that no words come about; as Kubernetes does.
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
const longestBase = 63 - suffixLength

/** metadata.generateName plus five random characters; a base longer than 58 characters is cut. */
export function generateName(base: string): string {
  let name = base.slice(0, longestBase)
  for (let i = 0; i < suffixLength; i++) name += suffixAlphabet[randomInt(suffixAlphabet.length)]
  return name
}
