import { unifiedDiff } from '#apimachinery/errors/unified-diff.ts'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { goValue } from '#apimachinery/scheme/rules/go-value.ts'

const hidden = /[<>&\u2028\u2029]/g
const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`

/** As Go prints it: one space a level, and nothing that HTML would take for its own. */
const goJson = (value: unknown): string => JSON.stringify(value, null, 1).replace(hidden, escaped)

/** What changed between two structs of a definition, as a Kubernetes server shows it in a message. */
export const specDiff = (definition: string, old: JsonObject, changed: JsonObject): string =>
  unifiedDiff(goJson(goValue(definition, old)), goJson(goValue(definition, changed)))
