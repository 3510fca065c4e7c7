import { validateLabelValue } from '#apimachinery/meta/names.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { parseQuantity } from '#apimachinery/meta/quantity.ts'

export const objects = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? (value as JsonObject[]) : []

export const objectIn = (object: JsonObject | undefined, field: string): JsonObject =>
  (object?.[field] ?? {}) as JsonObject

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const quoted = (value: unknown): string => JSON.stringify(text(value))

/** Names of nodes' labels that have another name now, and since when. */
const oldLabels: Readonly<Record<string, readonly [string, string]>> = {
  'beta.kubernetes.io/arch': ['v1.14', 'kubernetes.io/arch'],
  'beta.kubernetes.io/os': ['v1.14', 'kubernetes.io/os'],
  'beta.kubernetes.io/instance-type': ['v1.17', 'node.kubernetes.io/instance-type'],
  'failure-domain.beta.kubernetes.io/region': ['v1.17', 'topology.kubernetes.io/region'],
  'failure-domain.beta.kubernetes.io/zone': ['v1.17', 'topology.kubernetes.io/zone'],
}

const selectorWarnings = (spec: JsonObject, path: string): string[] =>
  Object.keys(objectIn(spec, 'nodeSelector')).flatMap((label) => {
    const known = oldLabels[label]
    if (known === undefined) return []
    const [since, now] = known
    return [`${path}.nodeSelector[${label}]: deprecated since ${since}; use "${now}" instead`]
  })

/** Amounts of bytes that are no whole number. */
export const fractions = (resources: JsonObject, path: string): string[] =>
  (['limits', 'requests'] as const).flatMap((kind) =>
    Object.entries(objectIn(resources, kind)).flatMap(([name, amount]) => {
      const isBytes = ['memory', 'storage', 'ephemeral-storage'].includes(name)
      const nano = parseQuantity(text(amount))?.nano ?? 0n
      if (!isBytes || nano % 1_000_000_000n === 0n) return []
      const at = `${path}.${kind}[${name}]`
      return [`${at}: fractional byte value ${quoted(amount)} is invalid, must be an integer`]
    }),
  )

function portWarnings(container: JsonObject, path: string): string[] {
  const seen = new Map<string, string>()
  return objects(container['ports']).flatMap((port, i) => {
    const at = `${path}.ports[${i}]`
    const { name = '', containerPort = 0, hostPort = 0, protocol = 'TCP', hostIP = '' } = port
    const found: string[] = []
    if (hostIP !== '' && hostPort === 0) {
      const shown = `{Name:${text(name)} HostPort:0 ContainerPort:${Number(containerPort)} Protocol:${text(protocol)} HostIP:${text(hostIP)}}`
      found.push(`${at}: hostIP set without hostPort: ${shown}`)
    }
    const key = JSON.stringify([containerPort, protocol, hostPort, hostIP])
    const other = seen.get(key)
    if (other === undefined) seen.set(key, at)
    else found.push(`${at}: duplicate port definition with ${other}`)
    return found
  })
}

/** Names of ports that two containers have. */
function portNameWarnings(spec: JsonObject, path: string): string[] {
  const seen = new Map<string, string>()
  return (['initContainers', 'containers'] as const).flatMap((field) =>
    objects(spec[field]).flatMap((container, i) => {
      const own = objects(container['ports']).map(
        ({ name }, n) => [text(name), `${path}.${field}[${i}].ports[${n}]`] as const,
      )
      const found = own.flatMap(([name, at]) => {
        const first = seen.get(name)
        const why = `services and probes that select ports by name will use ${first}`
        return name === '' || first === undefined
          ? []
          : [`${at}: duplicate port name ${quoted(name)} with ${first}, ${why}`]
      })
      for (const [name, at] of own) if (!seen.has(name)) seen.set(name, at)
      return found
    }),
  )
}

/** A variable that is set again, and not made of what it was. */
function envWarnings(container: JsonObject, path: string): string[] {
  const seen = new Set<string>()
  return objects(container['env']).flatMap((variable, i) => {
    const name = text(variable['name'])
    const again = seen.has(name)
    seen.add(name)
    const value = text(variable['value'])
    const reference = `$(${name})`
    const builds =
      variable['valueFrom'] === undefined && value !== reference && value.includes(reference)
    const why = `hides previous definition of ${quoted(name)}, which may be dropped when using apply`
    return again && !builds ? [`${path}.env[${i}]: ${why}`] : []
  })
}

function overlaps(items: unknown): [string, string] | undefined {
  const paths = objects(items)
    .map((item) => text(item['path']))
    .sort()
  for (const [i, path] of paths.entries()) {
    const before = paths.slice(0, i).find((one) => path === one || path.startsWith(`${one}/`))
    if (before !== undefined) return [path, before]
  }
  return undefined
}

const volumeKinds = [
  ['configMap', 'ConfigMap', 'name'],
  ['secret', 'Secret', 'secretName'],
  ['downwardAPI', 'DownwardAPI', ''],
] as const

function volumeWarnings(volume: JsonObject, path: string): string[] {
  const name = quoted(volume['name'])
  const warnings = volumeKinds.flatMap(([field, kind, nameField]) => {
    const source = volume[field] as JsonObject | undefined
    const found = overlaps(source?.['items'])
    if (source === undefined || found === undefined) return []
    const what = nameField === '' ? kind : `${kind} ${quoted(source[nameField])}`
    return [
      `volume ${name} (${what}): overlapping paths: ${quoted(found[0])} with ${quoted(found[1])}`,
    ]
  })
  const projected = volume['projected'] as JsonObject | undefined
  for (const source of objects(projected?.['sources'])) {
    if (Object.keys(source).length > 0) continue
    warnings.push(`volume ${name} (Projected) has no sources provided`)
  }
  const claim = objectIn(objectIn(volume, 'ephemeral'), 'volumeClaimTemplate')
  const at = `${path}.ephemeral.volumeClaimTemplate.spec.resources`
  return [...warnings, ...fractions(objectIn(objectIn(claim, 'spec'), 'resources'), at)]
}

/** Elements of a list that have the key of an earlier one. */
function repeated(list: unknown, key: string, path: string): string[] {
  const seen = new Set<string>()
  return objects(list).flatMap((item, i) => {
    const value = text(item[key])
    const again = seen.has(value)
    seen.add(value)
    return again ? [`${path}[${i}].${key}: duplicate ${key} ${quoted(value)}`] : []
  })
}

const secretWarnings = (spec: JsonObject, path: string): string[] => {
  const at = `${path}.imagePullSecrets`
  const nameless = objects(spec['imagePullSecrets']).flatMap(({ name = '' }, i) =>
    name === '' ? [`${at}[${i}].name: invalid empty name ""`] : [],
  )
  const named = objects(spec['imagePullSecrets']).map(({ name }) => ({ name }))
  return [...nameless, ...repeated(named, 'name', at).filter((one) => !one.endsWith('""'))]
}

/** Terms that select no pod, as they say of none. */
function affinityWarnings(spec: JsonObject, path: string): string[] {
  const none = 'a null labelSelector results in matching no pod'
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) => {
    const affinity = objectIn(objectIn(spec, 'affinity'), kind)
    const at = `${path}.affinity.${kind}`
    const must = 'requiredDuringSchedulingIgnoredDuringExecution'
    const may = 'preferredDuringSchedulingIgnoredDuringExecution'
    return [
      ...objects(affinity[must]).flatMap((term, i) =>
        term['labelSelector'] === undefined ? [`${at}.${must}[${i}].labelSelector: ${none}`] : [],
      ),
      ...objects(affinity[may]).flatMap((term, i) =>
        objectIn(term, 'podAffinityTerm')['labelSelector'] === undefined
          ? [`${at}.${may}[${i}].podAffinityTerm.labelSelector: ${none}`]
          : [],
      ),
    ]
  })
}

/** Preferences for labels that no node can have. */
function preferenceWarnings(spec: JsonObject, path: string): string[] {
  const may = 'preferredDuringSchedulingIgnoredDuringExecution'
  const terms = objects(objectIn(objectIn(spec, 'affinity'), 'nodeAffinity')[may])
  return terms.flatMap((term, i) =>
    objects(objectIn(term, 'preference')['matchExpressions']).flatMap(({ values }, n) =>
      (Array.isArray(values) ? values : []).flatMap((value: unknown, v) => {
        const at = `${path}.affinity.nodeAffinity.${may}[${i}].preference.matchExpressions[${n}].values[${v}]`
        return validateLabelValue(text(value)).map(
          (why) => `${at}: ${text(value)} is invalid, ${why}`,
        )
      }),
    ),
  )
}

/** Of specs that are stored, which cannot change any more. */
const found = new WeakMap<JsonObject, { path: string; warnings: readonly string[] }>()

/** What is legal in a pod's spec, and surely not meant. */
export function podSpecWarnings(spec: JsonObject, path: string): readonly string[] {
  const before = found.get(spec)
  if (before?.path === path) return before.warnings
  const warnings = findWarnings(spec, path)
  if (Object.isFrozen(spec)) found.set(spec, { path, warnings })
  return warnings
}

function findWarnings(spec: JsonObject, path: string): string[] {
  const grace = spec['terminationGracePeriodSeconds']
  const late = 'must be >= 0; negative values are invalid and will be treated as 1'
  return [
    ...selectorWarnings(spec, path),
    ...repeated(spec['hostAliases'], 'ip', `${path}.hostAliases`),
    ...objects(spec['volumes']).flatMap((v, i) => volumeWarnings(v, `${path}.volumes[${i}]`)),
    ...secretWarnings(spec, path),
    ...(['initContainers', 'containers'] as const).flatMap((field) =>
      objects(spec[field]).flatMap((container, i) => {
        const at = `${path}.${field}[${i}]`
        return [
          ...fractions(objectIn(container, 'resources'), `${at}.resources`),
          ...envWarnings(container, at),
          ...portWarnings(container, at),
        ]
      }),
    ),
    ...portNameWarnings(spec, path),
    ...affinityWarnings(spec, path),
    ...preferenceWarnings(spec, path),
    ...(typeof grace === 'number' && grace < 0
      ? [`${path}.terminationGracePeriodSeconds: ${late}`]
      : []),
  ]
}

/** Names that pods' hostnames are made of should be one label. */
export function nameWarnings({ metadata: { name } }: ApiObject, use: string): string[] {
  const problems = [
    ...(name.includes('.') ? ['must not contain dots'] : []),
    ...(name.length > 63 ? ['must be no more than 63 characters'] : []),
  ]
  const why = 'which can result in surprising behavior; a DNS label is recommended'
  return problems.length === 0
    ? []
    : [`metadata.name: this is used in ${use}, ${why}: [${problems.join(' ')}]`]
}
