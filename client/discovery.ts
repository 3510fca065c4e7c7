import { parseGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ApiClient, RawResponse } from './api-client.ts'

/** One resource that a server serves, in its group's preferred version. */
export interface ServedResource {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: ReadonlySet<string>
}

export interface Discovered {
  /** One entry a group and resource: the first version, in the server's order of preference, that has it. No subresources. */
  readonly resources: readonly ServedResource[]
  /** Group versions that could not be asked; their resources are unknown, not absent. */
  readonly failures: readonly { readonly groupVersion: string; readonly message: string }[]
}

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'

interface AggregatedList {
  items?: {
    metadata?: { name?: string }
    versions?: {
      version: string
      freshness?: string
      resources?: {
        resource: string
        responseKind?: { kind?: string }
        scope?: string
        verbs?: string[]
      }[]
    }[]
  }[]
}

interface ResourceList {
  groupVersion: string
  resources?: { name: string; kind: string; namespaced: boolean; verbs?: string[] }[]
}

interface GroupList {
  groups?: {
    name: string
    versions: { groupVersion: string }[]
    preferredVersion?: { groupVersion: string }
  }[]
}

interface Collected {
  resources: ServedResource[]
  failures: { groupVersion: string; message: string }[]
}

/**
 * Asks a server what it serves: two requests where it has aggregated discovery (1.26 and newer), one a group version otherwise.
 * Throws when the list of groups itself cannot be had; a single group version that fails is reported in `failures`.
 */
export async function discoverResources(
  client: ApiClient,
  options: { signal?: AbortSignal } = {},
): Promise<Discovered> {
  const found: Collected = { resources: [], failures: [] }
  for (const root of ['/api', '/apis']) {
    const answer = await client.raw(root, { ...options, headers: { accept: aggregated } })
    if (answer.status !== 200) throw new Error(`discovery of ${root} answered ${answer.status}`)
    const body: unknown = JSON.parse(answer.body.toString('utf8'))
    if (isAggregated(answer)) addAggregated(found, body as AggregatedList)
    else await addEachVersion(found, { client, root, body, ...options })
  }
  return { resources: firstOfEach(found.resources), failures: found.failures }
}

const isAggregated = (answer: RawResponse): boolean =>
  String(answer.headers['content-type']).includes('APIGroupDiscoveryList')

function addAggregated(found: Collected, list: AggregatedList): void {
  for (const item of list.items ?? []) {
    const group = item.metadata?.name ?? ''
    for (const { version, freshness, resources } of item.versions ?? []) {
      if (freshness === 'Stale')
        found.failures.push({ groupVersion: `${group}/${version}`, message: 'stale discovery' })
      for (const entry of resources ?? [])
        found.resources.push({
          group,
          version,
          resource: entry.resource,
          kind: entry.responseKind?.kind ?? '',
          namespaced: entry.scope === 'Namespaced',
          verbs: new Set(entry.verbs),
        })
    }
  }
}

interface Source {
  client: ApiClient
  root: string
  body: unknown
  signal?: AbortSignal
}

async function addEachVersion(found: Collected, source: Source): Promise<void> {
  const request = source.signal === undefined ? {} : { signal: source.signal }
  const lists = await Promise.all(
    groupVersionsOf(source).map(async (groupVersion) => {
      const answer = await source.client.raw(`${source.root}/${groupVersion}`, request)
      return { groupVersion, answer }
    }),
  )
  for (const { groupVersion, answer } of lists) {
    if (answer.status === 200) addVersion(found, JSON.parse(answer.body.toString('utf8')))
    else found.failures.push({ groupVersion, message: `status ${answer.status}` })
  }
}

function groupVersionsOf({ root, body }: Source): string[] {
  if (root === '/api') return (body as { versions?: string[] }).versions ?? []
  return ((body as GroupList).groups ?? []).flatMap(({ preferredVersion, versions }) => {
    const all = versions.map((v) => v.groupVersion)
    const first = preferredVersion?.groupVersion
    return first === undefined ? all : [first, ...all.filter((each) => each !== first)]
  })
}

function addVersion(found: Collected, list: ResourceList): void {
  const { group, version } = parseGroupVersion(list.groupVersion)
  for (const { name, kind, namespaced, verbs } of list.resources ?? []) {
    if (name.includes('/')) continue
    found.resources.push({
      group,
      version,
      resource: name,
      kind,
      namespaced,
      verbs: new Set(verbs),
    })
  }
}

function firstOfEach(resources: readonly ServedResource[]): ServedResource[] {
  const byName = new Map<string, ServedResource>()
  for (const each of resources) {
    const key = `${each.group}/${each.resource}`
    if (!byName.has(key)) byName.set(key, each)
  }
  return [...byName.values()]
}
