import { parse, parseAllDocuments } from 'yaml'
import type { CommandResult } from '../../../framework/process.ts'
import { withoutDocumented, withoutDocumentedText } from '../documented.ts'

/** What a command left behind, ready to be compared: objects as values, other text by lines. */
export interface Output {
  readonly code: number
  readonly stdout: unknown
  readonly stderr: readonly string[]
}

type Replacement = readonly [RegExp, string]

/** What is never the same twice, in objects too, besides what the Normaliser knows. */
const passing: readonly Replacement[] = [
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4}(?: UTC)?/g, '<time>'],
  [/\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, '<time>'],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>'],
]

/** The same in text for people. */
const passingInText: readonly Replacement[] = [
  // The header of a log line, and lines that only tell how long the client held back, or that its watch was cut when it left.
  [/^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /gm, '$1 '],
  [/^I .*(?:Throttling request took|client-side throttling|reflector\.go).*\n/gm, ''],
  [/\b(LIVE|MERGED)-\d+/g, '$1-<number>'],
  [/kubectl-edit-\w+\.yaml/g, 'kubectl-edit-<number>.yaml'],
  [/(?<=\s)(?:\d{1,2}m(?:\d+s)?|\d+s)(?= ago|\s|$)/g, '<age>'],
  [/(resourceVersion"?: ?"?|Resource Version: +)\d+/g, '$1<version>'],
  [
    /(?:client rate limiter Wait returned an error: )?rate: Wait\(n=1\) would exceed context deadline|timed out waiting for the condition$/gm,
    'context deadline exceeded',
  ],
  [/ +$/gm, ''],
  [/\b0x[0-9a-f]+\b/g, '<address>'],
  [/\b(generated-)[a-z0-9]{5}\b/g, '$1<suffix>'],
  // Columns are as wide as what is in them.
  [/(?<=\S) {2,}/g, '  '],
]

const replaced = (text: string, replacements: readonly Replacement[]): string =>
  replacements.reduce((left, [pattern, stands]) => left.replace(pattern, stands), text)

const lines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

const settledLines = (text: string): string[] =>
  lines(replaced(withoutDocumentedText(text), passingInText))

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

/** `folder` is where the command ran. */
export function outputOf({ code, stdout, stderr }: CommandResult, folder: string): Output {
  const out = replaced(stdout.replaceAll(folder, '<folder>'), passing)
  const found = objects(out)
  return {
    code,
    stdout:
      found === undefined
        ? settledLines(out)
        : withoutDocumented({ status: 0, headers: {}, body: found }).body,
    stderr: settledLines(replaced(stderr.replaceAll(folder, '<folder>'), passing)),
  }
}
