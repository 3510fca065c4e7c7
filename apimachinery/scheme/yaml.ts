import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  stringify,
  type Tags,
} from 'yaml'
import { type Parsed, parseJson, SyntaxProblem } from './json.ts'

/** Tags of YAML 1.1 whose values Kubernetes' YAML reader leaves as the text they are (dates, base-60 numbers), and those JSON has no form for. */
const unusedTags = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:set',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
])

const customTags = (tags: Tags): Tags =>
  tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      (!unusedTags.has(tag.tag) && !('format' in tag && tag.format === 'TIME')),
  )

/** Anchors and aliases of one document: each alias is looked for among all of them. */
const mostAnchors = 1000

/**
 * Parses the first document of a YAML text by YAML 1.1's rules (yes and on are booleans), as Kubernetes does. Most clients send JSON
 * where YAML is taken, and a reader of JSON is two orders of magnitude faster.
 */
export const parseYaml = (text: string): Parsed => parsedAsJson(text) ?? parseYamlDocument(text)

/** Undefined for what is no JSON. */
function parsedAsJson(text: string): Parsed | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return parseJson(text)
  } catch (err) {
    if (err instanceof SyntaxProblem) return undefined
    throw err
  }
}

function parseYamlDocument(text: string): Parsed {
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'yaml-1.1',
    merge: true,
    customTags,
    uniqueKeys: false,
  })
  const error = document.errors.find((e) => e.code !== 'MULTIPLE_DOCS')
  if (error !== undefined) {
    const line = error.linePos?.[0].line
    const [message = ''] = error.message.split(/ at line \d+|\n/)
    throw new SyntaxProblem(`yaml: ${line === undefined ? '' : `line ${line}: `}${message}`)
  }
  const found: Inspection = { duplicates: [], anchors: 0 }
  inspect(document.contents, '', found)
  return { value: sorted(toValue(document)), duplicates: found.duplicates }
}

/** Kubernetes makes JSON of YAML first, by way of maps that it writes in order of their keys: what is wrong first is told by that order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}

function toValue(document: Document): unknown {
  try {
    return document.toJS() as unknown
  } catch (err) {
    // Unresolved or excessive aliases.
    const message = err instanceof Error ? err.message : String(err)
    throw new SyntaxProblem(`yaml: ${message}`, { cause: err })
  }
}

/** A value as YAML that every reader of YAML 1.1 or 1.2 takes back as the same value; fields in alphabetical order. */
export const printYaml = (value: unknown): string =>
  stringify(value, {
    version: '1.1',
    schema: 'yaml-1.1',
    sortMapEntries: true,
    aliasDuplicateObjects: false,
    indentSeq: false,
    lineWidth: 0,
  })

interface Inspection {
  readonly duplicates: string[]
  anchors: number
}

/** Collects paths of repeated keys; refuses numbers that JSON cannot say, and more anchors than anybody needs. */
function inspect(node: unknown, path: string, found: Inspection): void {
  const anchored = isAlias(node) || ((isScalar(node) || isCollection(node)) && node.anchor)
  if (anchored && ++found.anchors > mostAnchors) {
    throw new SyntaxProblem('yaml: document contains excessive aliasing')
  }
  if (isScalar(node)) {
    const { value } = node
    if (typeof value === 'number' && !Number.isFinite(value)) {
      const shown = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
      throw new SyntaxProblem(`json: unsupported value: ${shown}`)
    }
  } else if (isSeq(node)) {
    node.items.forEach((item, i) => inspect(item, `${path}[${i}]`, found))
  } else if (isMap(node)) {
    const seen = new Set<string>()
    for (const pair of node.items) {
      if (!isPair(pair)) continue
      if (!isScalar(pair.key)) throw new SyntaxProblem('yaml: unsupported map key: not a scalar')
      const key = String(pair.key.value)
      const at = path === '' ? key : `${path}.${key}`
      if (seen.has(key) && key !== '<<') found.duplicates.push(at)
      seen.add(key)
      // Keys may have anchors, too.
      inspect(pair.key, at, found)
      inspect(pair.value, at, found)
    }
  }
}
