import { unservedSubresources } from '#apimachinery/schema/resource-facts.ts'
import type { Answer } from './area.ts'

/** A difference that docs/compatibility.md lists, taken out of both answers before they are compared. */
interface Documented {
  readonly reason: string
  readonly apply: (answer: Answer) => Answer
}

interface Fields {
  [field: string]: unknown
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every object inside of a value, seen from the inside out; what `change` returns takes its place. */
function mapObjects(value: unknown, change: (object: Fields) => Fields): unknown {
  if (Array.isArray(value)) return value.map((one) => mapObjects(one, change))
  if (!isFields(value)) return value
  const inner = Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, mapObjects(one, change)]),
  )
  return change(inner)
}

const onObjects =
  (change: (object: Fields) => Fields) =>
  (answer: Answer): Answer => ({ ...answer, body: mapObjects(answer.body, change) })

const without = (object: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** Kinds that are not distributed or not acted on, kinds that are in members alone, and what has no place in any: no member is joined here. */
const ownWarning =
  /not (?:distributed|called|evaluated|enforced|proxied|signed) by this version|in the member clusters, not in the federation|no cluster is joined: |stays in the federation with all that is in it/

function withoutWarning(answer: Answer): Answer {
  const { warning, ...rest } = answer.headers
  if (typeof warning !== 'string') return answer
  const left = warning
    .split(/, (?=299 )/)
    .filter((text) => !ownWarning.test(text))
    .join(', ')
  return { ...answer, headers: left === '' ? rest : { ...rest, warning: left } }
}

/** The same in what commands print: warnings, lines about what is of the federation itself, addresses. */
const documentedInText: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^(?:Warning: |[IW]\\d{4} .*\\] ).*(?:${ownWarning.source}).*\\n`, 'gm'), ''],
  [
    /^.*(?:\bfederation\/v1beta1\b|\.federation$|\/system:\S*federation|^system:federation).*\n/gm,
    '',
  ],
  [/(?<=ClusterIP +|NodePort +|LoadBalancer +|^IPs?: +)\d+\.\d+\.\d+\.\d+/gm, '<cluster IP>'],
  [/\b(\d+):3[0-2]\d{3}(\/(?:TCP|UDP|SCTP))/g, '$1$2'],
  [/^NodePort: .*\n/gm, ''],
  // Where a client of old panics: what its other threads were at.
  [/^goroutine (?!1 )\d+ \[[^]*/m, ''],
]

/** Helm of before 3.17 takes the per cent sign of a message for a place to fill (Go's fmt), and the quote after it with it. */
const unfilled = /%!\\\(MISSING\)"/g

export const withoutDocumentedText = (text: string): string =>
  documentedInText.reduce(
    (left, [pattern, stands]) => left.replace(pattern, stands),
    withSortedShown(text.replace(unfilled, '%\\"')),
  )

const listed = (items: unknown): readonly unknown[] => (Array.isArray(items) ? items : [])

const address = /^\d+\.\d+\.\d+\.\d+$/
const anyAddress = (value: unknown): unknown =>
  typeof value === 'string' && address.test(value) ? '<cluster IP>' : value

/** A Service has a spec with ports and an affinity; that of a list item has no kind. In tables any address is one. */
function withoutAddresses(object: Fields): Fields {
  if (Array.isArray(object['cells'])) return { ...object, cells: object['cells'].map(anyAddress) }
  if ('port' in object && 'nodePort' in object) return without(object, ['nodePort'])
  if (!('sessionAffinity' in object && 'ports' in object)) return object
  const { clusterIP, clusterIPs, ...rest } = without(object, ['healthCheckNodePort'])
  return {
    ...rest,
    ...(clusterIP === undefined ? {} : { clusterIP: anyAddress(clusterIP) }),
    ...(clusterIPs === undefined ? {} : { clusterIPs: listed(clusterIPs).map(anyAddress) }),
  }
}

/** Subresources that need a node, in either form of discovery. */
const needsNode = new Set([
  ...unservedSubresources,
  ...['attach', 'exec', 'portforward', 'proxy'].map((name) => `pods/${name}`),
  'nodes/proxy',
  'services/proxy',
])

const isOwnRule = (rule: unknown): boolean =>
  isFields(rule) && listed(rule['apiGroups']).includes('federation')

function withoutNodeSubresources(object: Fields): Fields {
  const { resources, groups, items, rules } = object
  if (Array.isArray(rules)) return { ...object, rules: rules.filter((rule) => !isOwnRule(rule)) }
  if (Array.isArray(resources)) {
    const left = listed(resources).flatMap((one) => {
      if (!isFields(one)) return [one]
      if (needsNode.has(String(one['name']))) return []
      const subresources = listed(one['subresources']).filter(
        (sub) =>
          isFields(sub) &&
          !needsNode.has(`${String(one['resource'])}/${String(sub['subresource'])}`),
      )
      return [subresources.length === 0 ? without(one, ['subresources']) : { ...one, subresources }]
    })
    return { ...object, resources: left }
  }
  const own = (one: unknown): boolean =>
    isFields(one) &&
    (one['name'] === 'federation' ||
      (isFields(one['metadata']) && one['metadata']['name'] === 'federation' && 'versions' in one))
  if (Array.isArray(groups)) return { ...object, groups: groups.filter((one) => !own(one)) }
  return Array.isArray(items) ? { ...object, items: items.filter((one) => !own(one)) } : object
}

const buildFacts = ['gitVersion', 'gitCommit', 'gitTreeState', 'buildDate', 'goVersion', 'compiler']

const causeOnce = (object: Fields): Fields => {
  const { causes } = object
  if (!Array.isArray(causes)) return object
  const seen = new Set<string>()
  const left = causes.filter((cause) => {
    const key = JSON.stringify(cause)
    return !seen.has(key) && seen.add(key)
  })
  return { ...object, causes: left }
}

const sortedFields = (value: unknown): unknown =>
  mapObjects(value, (object) =>
    Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))),
  )

/** The object that a refused patch would have made, as JSON in a quoted text. */
const shownObject = /Invalid value: ("\{(?:[^"\\]|\\.)*\}")/g

function withSortedShown(text: string): string {
  return text.replace(shownObject, (whole, quoted: string) => {
    try {
      const object: unknown = JSON.parse(JSON.parse(quoted) as string)
      const shown = mapObjects(sortedFields(object), withoutAddresses)
      return `Invalid value: ${JSON.stringify(JSON.stringify(shown))}`
    } catch {
      return whole
    }
  })
}

/** What is wrong with a text that is no YAML: everything between the parser's name and the excerpt, or the end. */
const yamlProblem =
  /yaml: (?:line \d+: )?(?!unmarshal).*(?= \([0-9a-f]+(?: \.\.\.)?\)$)|(?<=converting YAML to JSON: )yaml: .*/

const onMessages =
  (change: (text: string) => string) =>
  (answer: Answer): Answer =>
    onObjects((object) =>
      typeof object['message'] === 'string'
        ? { ...object, message: change(object['message']) }
        : object,
    )(answer)

/** Of the checks that ?verbose lists the one that both have everywhere, and the end. */
const withoutChecks = (answer: Answer): Answer =>
  typeof answer.body === 'string' && /^(?:healthz|livez|readyz) check \w+$/m.test(answer.body)
    ? { ...answer, body: answer.body.replace(/^\[[+-]\](?!ping ).*\n/gm, '') }
    : answer

/** What it writes by itself. */
const ofServer: ReadonlySet<unknown> = new Set([
  'kube-apiserver',
  'clusterrole-aggregation-controller',
])
const controllers: ReadonlySet<unknown> = new Set(['kube-controller-manager', 'kubefed'])

/** Owners of fields: the controllers' by one name; without what the server writes by itself, usage of quotas above all. */
function withoutServersOwn(object: Fields): Fields {
  const { managedFields } = object
  if (!Array.isArray(managedFields)) return object
  const left = managedFields
    .filter(isFields)
    .filter(({ manager }) => !ofServer.has(manager))
    .map((entry) => {
      const named = controllers.has(entry['manager'])
        ? { ...entry, manager: '<controllers>' }
        : entry
      return { ...named, fieldsV1: withoutUsed(entry['fieldsV1']) }
    })
  return left.length === 0 ? without(object, ['managedFields']) : { ...object, managedFields: left }
}

function withoutUsed(fields: unknown): unknown {
  if (!isFields(fields) || !isFields(fields['f:status'])) return fields
  return { ...fields, 'f:status': without(fields['f:status'], ['f:used']) }
}

/** Up to the next error or the end. */
const compilation =
  /((?:compilation|program instantiation) failed:)[^]*?(?=, spec\.[\w.[\]-]+: |\]?$)/g

/** THE list: nothing else may make two answers look the same that are not. */
const documented: readonly Documented[] = [
  {
    reason: 'kinds that are stored and neither distributed nor acted on say so',
    apply: withoutWarning,
  },
  {
    reason: 'cluster IPs are any; node ports: each member has its own',
    apply: onObjects(withoutAddresses),
  },
  {
    reason: 'no containers, so none of their subresources; the group `federation` besides',
    apply: onObjects(withoutNodeSubresources),
  },
  {
    reason: '/version says what was built, and by what',
    apply: onObjects((object) => ('gitVersion' in object ? without(object, buildFacts) : object)),
  },
  {
    reason: 'a refused patch shows what it would have made; the order of its fields is ours',
    apply: onMessages(withSortedShown),
  },
  {
    reason: 'a text that is no YAML is refused in the words of another parser',
    apply: onMessages((text) => text.replace(yamlProblem, 'yaml: …')),
  },
  {
    reason: 'a rule that does not compile is refused in other words',
    apply: onMessages((text) => text.replace(compilation, '$1 …')),
  },
  {
    reason: 'ServiceAccount tokens are signed with ES256',
    apply: onObjects((object) =>
      'id_token_signing_alg_values_supported' in object
        ? without(object, ['id_token_signing_alg_values_supported'])
        : object,
    ),
  },
  {
    reason: 'controllers are called kubefed, and what the server writes by itself has no owner',
    apply: onObjects(withoutServersOwn),
  },
  { reason: 'a cause that several checks find is told once', apply: onObjects(causeOnce) },
  { reason: 'health has the checks that can fail here', apply: withoutChecks },
]

export const withoutDocumented = (answer: Answer): Answer =>
  documented.reduce((left, { apply }) => apply(left), answer)
