import { newBadRequest } from '../errors/status-error.ts'

export type FieldOperator = '=' | '!='

export interface FieldRequirement {
  readonly field: string
  /** `==` is read as `=`. */
  readonly op: FieldOperator
  readonly value: string
}

/** A conjunction of field comparisons; without any it matches everything. */
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[]
  readonly isEmpty: boolean
  /** `get` gives a field's value; an absent one compares as the empty string. */
  matches(get: (field: string) => string | undefined): boolean
  /** The value that the field must have for anything to match, if there is one. */
  exact(field: string): string | undefined
}

/** The places of unescaped commas separate the terms. */
function splitTerms(text: string): string[] {
  const terms: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]
    if (sign === '\\') at++
    else if (sign === ',') {
      terms.push(text.slice(start, at))
      start = at + 1
    }
  }
  terms.push(text.slice(start))
  return terms.filter((term) => term !== '')
}

function splitTerm(term: string): { field: string; op: FieldOperator; value: string } | undefined {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term)
  if (match === null) return undefined
  const [, field = '', op, value = ''] = match
  return { field, op: op === '!=' ? '!=' : '=', value }
}

function unescape(value: string): string {
  if (!/[\\,=]/.test(value)) return value
  let text = ''
  for (let at = 0; at < value.length; at++) {
    const sign = value.charAt(at)
    if (sign === '\\') {
      const escaped = value.charAt(++at)
      if (escaped === '' || !'\\,='.includes(escaped))
        throw newBadRequest(`invalid field selector: invalid escape sequence: \\${escaped}`)
      text += escaped
    } else if (sign === ',' || sign === '=') {
      throw newBadRequest(
        `invalid field selector: unescaped character in value: ${sign.charCodeAt(0)}`,
      )
    } else text += sign
  }
  return text
}

/** Parses the fieldSelector of a query, as `metadata.name=a,status.phase!=Failed`. Which fields exist is not known here. Throws 400. */
export function parseFieldSelector(text: string): FieldSelector {
  // The original looks at the terms in their order, too.
  const requirements = splitTerms(text)
    .sort()
    .map((term) => {
      const parts = splitTerm(term)
      if (parts === undefined)
        throw newBadRequest(`invalid selector: '${text}'; can't understand '${term}'`)
      return { ...parts, value: unescape(parts.value) }
    })
  return {
    requirements,
    isEmpty: requirements.length === 0,
    matches: (get) =>
      requirements.every(({ field, op, value }) => ((get(field) ?? '') === value) === (op === '=')),
    exact: (field) => requirements.find((r) => r.field === field && r.op === '=')?.value,
  }
}
