import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isObject } from '#apimachinery/patch/json-value.ts'

/** Of errors about members of a map: the map. A Kubernetes server says them in the order of Go's maps, which is another one each time. */
const ofMaps: readonly RegExp[] = [
  /^(.*\.)(?:limits|requests)(?:\[.*?\])?: /,
  /^(.*\b(?:labels|annotations|nodeSelector|matchLabels|data|binaryData|stringData)\b)[^.:]*: /i,
  /^(.*\.)\w+: Forbidden: must populate the given metric source only$/,
]

interface Cause {
  readonly field: string
  readonly message: string
}

const mapOf = (text: string): string | undefined =>
  ofMaps.map((pattern) => pattern.exec(text)?.[1]).find((map) => map !== undefined)

/** The errors, with those about one map that are said one after another in the order of their texts. */
function ordered(texts: readonly string[]): string[] {
  const runs: { map: string | undefined; texts: string[] }[] = []
  for (const text of texts) {
    const map = mapOf(text)
    const last = runs.at(-1)
    if (last !== undefined && map !== undefined && last.map === map) last.texts.push(text)
    else runs.push({ map, texts: [text] })
  }
  return runs.flatMap((run) => run.texts.toSorted())
}

/** The message of a Status that tells of several errors. */
export function orderedMessage({ message, details }: JsonObject): unknown {
  const causes = isObject(details) ? details['causes'] : undefined
  if (typeof message !== 'string' || !Array.isArray(causes)) return message
  const all = (causes as Cause[]).map((cause) => `${cause.field}: ${cause.message}`)
  const texts = [...new Set(all)]
  const end = `[${texts.join(', ')}]`
  return message.endsWith(end)
    ? `${message.slice(0, -end.length)}[${ordered(texts).join(', ')}]`
    : message
}
