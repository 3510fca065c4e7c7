import { parse, parseAllDocuments } from 'yaml'
import type { CommandResult } from '../../../framework/process.ts'
import { withoutDocumented, withoutDocumentedText } from '../documented.ts'

/** What a command left behind, ready to be compared: objects as values, other text by lines. */
export interface Output {
  readonly code: number
  readonly stdout: unknown
  readonly stderr: readonly string[]
}

/** What is never the same twice in text, besides what the Normaliser knows. */
const passing: readonly (readonly [RegExp, string])[] = [
  // The header of a log line, and lines that only tell how long the client held back.
  [/^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /gm, '$1 '],
  [/^I .*(?:Throttling request took|client-side throttling).*\n/gm, ''],
  [/\b(LIVE|MERGED)-\d+/g, '$1-<number>'],
  [/kubectl-edit-\w+\.yaml/g, 'kubectl-edit-<number>.yaml'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}/g, '<time>'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} UTC/g, '<time>'],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>'],
  [/(?<=\s)(?:\d+m)?\d+s(?= ago|\s|$)/g, '<age>'],
  [/(resourceVersion"?: ?"?|Resource Version: +)\d+/g, '$1<version>'],
  [/\b0x[0-9a-f]{5,}\b/g, '<address>'],
  [/\b(generated-)[a-z0-9]{5}\b/g, '$1<suffix>'],
  // Columns are as wide as what is in them.
  [/(?<=\S) {2,}/g, '  '],
]

const settled = (text: string, folder: string): string =>
  passing.reduce(
    (left, [pattern, stands]) => left.replace(pattern, stands),
    withoutDocumentedText(text.replaceAll(folder, '<folder>')),
  )

/** What would be another string each time inside of objects too. */
const withoutTokens = (text: string): string =>
  text.replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>')

const lines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

/** A whole object, or several, as JSON or YAML. Undefined: it is something else. */
function objects(text: string): unknown {
  try {
    if (/^[{[]/.test(text)) return JSON.parse(text)
    if (!/^\w+:/.test(text) || !/^kind: /m.test(text)) return undefined
    return /^---/m.test(text)
      ? parseAllDocuments(text).map((d) => d.toJS() as unknown)
      : parse(text)
  } catch {
    return undefined
  }
}

export function outputOf({ code, stdout, stderr }: CommandResult, folder: string): Output {
  const text = withoutTokens(stdout)
  const found = objects(text)
  return {
    code,
    stdout:
      found === undefined
        ? lines(settled(text, folder))
        : withoutDocumented({ status: 0, headers: {}, body: found }).body,
    stderr: lines(settled(stderr, folder)),
  }
}
