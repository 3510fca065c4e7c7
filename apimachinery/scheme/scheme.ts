import {
  formatGroupResource,
  formatGroupVersion,
  type GroupVersionKind,
  type GroupVersionResource,
  parseGroupVersion,
} from '../meta/group-version.ts'
import {
  federationApi,
  kubernetesApi,
  type PublishedApi,
  type PublishedResource,
} from '../schema/published.ts'
import {
  groupPriority,
  hubVersions,
  unservedSubresources,
  unservedVerbs,
} from '../schema/resource-facts.ts'
import { resourceNames } from '../schema/resource-names.ts'
import type { JsonSchema } from '../structural/json-schema.ts'
import { compareVersions } from '../meta/version-priority.ts'
import type { Definitions } from './definition.ts'

export interface SubresourceInfo {
  readonly name: string
  readonly verbs: readonly string[]
  /** Kind of the bodies; foreign for scale (autoscaling/v1 Scale) and token. */
  readonly kind: GroupVersionKind
}

/** One served resource in one version. */
export interface ResourceInfo extends GroupVersionResource {
  readonly kind: string
  readonly singular: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: ReadonlyMap<string, SubresourceInfo>
  /** Name in Definitions, '' if none. */
  readonly definition: string
  /** False for create-only resources that answer and keep nothing (TokenReview, SubjectAccessReview, Binding). */
  readonly stored: boolean
  /** The one form it is stored in; differs from itself for autoscaling/v1 and events.k8s.io/v1. */
  readonly hub: GroupVersionResource
}

const gvkKey = (gvk: GroupVersionKind): string => `${gvk.group}/${gvk.version}/${gvk.kind}`
const gvrKey = (gvr: GroupVersionResource): string => `${gvr.group}/${gvr.version}/${gvr.resource}`

/** alpha and beta versions of Kubernetes' own groups are not served. */
const isGA = (version: string): boolean => /^v\d+$/.test(version)

const merged: Definitions = { ...kubernetesApi.definitions, ...federationApi.definitions }

/** One version of a custom resource: made of a CustomResourceDefinition, served like any other. */
export interface CustomKind {
  readonly info: ResourceInfo
  readonly schema: JsonSchema
  /** Its own and its list's, by name. */
  readonly definitions: Definitions
}

interface SchemeOptions {
  /** Serves federation/v1beta1; a playground member does not. */
  readonly federation?: boolean
  readonly custom?: readonly CustomKind[]
}

/** Which kinds and resources there are, and their shapes. Immutable; instances share the schema data. */
export class Scheme {
  readonly definitions: Definitions
  /** GA versions only (plus federation/v1beta1), in discovery order. */
  readonly resources: readonly ResourceInfo[]
  readonly #byResource: ReadonlyMap<string, ResourceInfo>
  readonly #byKind: ReadonlyMap<string, ResourceInfo>
  readonly #definitionByKind: ReadonlyMap<string, string>
  readonly #structuralByKind: ReadonlyMap<string, JsonSchema>
  readonly #federation: boolean

  constructor({ federation = true, custom = [] }: SchemeOptions = {}) {
    this.#federation = federation
    const published = federation ? merged : kubernetesApi.definitions
    this.definitions =
      custom.length === 0
        ? published
        : Object.assign({}, published, ...custom.map((kind) => kind.definitions))
    this.#definitionByKind = indexDefinitions(this.definitions)
    const definitionOf = this.definitionOf.bind(this)
    const resources = resourcesOf(kubernetesApi, isGA, definitionOf)
    if (federation) resources.push(...resourcesOf(federationApi, () => true, definitionOf))
    resources.push(...custom.map(({ info }) => info))
    this.resources = resources.sort(byDiscoveryOrder)
    this.#structuralByKind = new Map(custom.map(({ info, schema }) => [gvkKey(info), schema]))
    this.#byResource = new Map(resources.map((r) => [gvrKey(r), r]))
    this.#byKind = new Map(resources.map((r) => [gvkKey(r), r]))
  }

  resource(gvr: GroupVersionResource): ResourceInfo | undefined {
    return this.#byResource.get(gvrKey(gvr))
  }

  forKind(gvk: GroupVersionKind): ResourceInfo | undefined {
    return this.#byKind.get(gvkKey(gvk))
  }

  /** Name in `definitions` of any published kind, served or not (lists, DeleteOptions, Scale …). */
  definitionOf(gvk: GroupVersionKind): string | undefined {
    return this.#definitionByKind.get(gvkKey(gvk))
  }

  /** The schema of a custom kind; undefined for built-in ones. */
  structuralOf(gvk: GroupVersionKind): JsonSchema | undefined {
    return this.#structuralByKind.get(gvkKey(gvk))
  }

  /** The same built-in kinds, with these custom ones. */
  with(custom: readonly CustomKind[]): Scheme {
    return new Scheme({ federation: this.#federation, custom })
  }

  /** In discovery priority order; the preferred version of a group comes first. */
  groupVersions(): readonly { group: string; version: string }[] {
    const seen = new Map<string, { group: string; version: string }>()
    for (const { group, version } of this.resources) {
      const key = formatGroupVersion({ group, version })
      if (!seen.has(key)) seen.set(key, { group, version })
    }
    return [...seen.values()]
  }
}

function indexDefinitions(definitions: Definitions): Map<string, string> {
  const index = new Map<string, string>()
  for (const [name, definition] of Object.entries(definitions)) {
    for (const gvk of definition['x-kubernetes-group-version-kind'] ?? []) {
      index.set(gvkKey(gvk), name)
    }
  }
  return index
}

type DefinitionOf = (gvk: GroupVersionKind) => string | undefined

function resourcesOf(
  api: PublishedApi,
  serves: (version: string) => boolean,
  definitionOf: DefinitionOf,
): ResourceInfo[] {
  return Object.entries(api.resources).flatMap(([apiVersion, paths]) => {
    const gv = parseGroupVersion(apiVersion)
    if (!serves(gv.version)) return []
    return Object.entries(paths).flatMap(([path, published]) =>
      path.includes('/') || published.kind === undefined
        ? []
        : [resourceInfo({ ...gv, resource: path }, { ...published, paths, definitionOf })],
    )
  })
}

function resourceInfo(
  gvr: GroupVersionResource,
  from: PublishedResource & {
    paths: Readonly<Record<string, PublishedResource>>
    definitionOf: DefinitionOf
  },
): ResourceInfo {
  const kind = from.kind?.kind ?? ''
  const names = resourceNames[formatGroupResource(gvr)]
  const unserved = unservedVerbs[formatGroupResource(gvr)]
  const stored = from.verbs.includes('list')
  return {
    ...gvr,
    kind,
    singular: kind.toLowerCase(),
    namespaced: from.namespaced,
    verbs: unserved === undefined ? from.verbs : from.verbs.filter((v) => !unserved.includes(v)),
    shortNames: names?.shortNames ?? [],
    categories: names?.categories ?? [],
    subresources: subresourcesOf(gvr.resource, from.paths),
    definition: from.definitionOf({ ...gvr, kind }) ?? '',
    stored,
    hub: { ...gvr, ...hubVersions[formatGroupVersion(gvr)] },
  }
}

function subresourcesOf(
  resource: string,
  paths: Readonly<Record<string, PublishedResource>>,
): Map<string, SubresourceInfo> {
  const found = new Map<string, SubresourceInfo>()
  for (const [path, { verbs, kind }] of Object.entries(paths)) {
    const [parent, name] = path.split('/')
    if (parent !== resource || name === undefined || kind === undefined) continue
    if (unservedSubresources.has(path)) continue
    found.set(name, { name, verbs, kind })
  }
  return found
}

/** Group priority, then the name of the group, then the more mature version, then the name of the resource. */
function byDiscoveryOrder(a: ResourceInfo, b: ResourceInfo): number {
  const rank = (r: ResourceInfo): number => {
    const at = groupPriority.indexOf(r.group)
    return at < 0 ? groupPriority.length : at
  }
  return (
    rank(a) - rank(b) ||
    (a.group === b.group ? 0 : a.group < b.group ? -1 : 1) ||
    compareVersions(a.version, b.version) ||
    (a.resource < b.resource ? -1 : 1)
  )
}
