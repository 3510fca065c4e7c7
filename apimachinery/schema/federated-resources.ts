import type { GroupVersionKind, GroupVersionResource } from '../meta/group-version.ts'
import { deploymentPreferencesAnnotation } from './federation.ts'

/** A resource whose objects are distributed to member clusters. */
export interface FederatedResource extends GroupVersionResource, GroupVersionKind {
  readonly namespaced: boolean
  /** Path of the replica count that is split between clusters, and the annotation with the preferences. */
  readonly replicas?: { readonly path: readonly string[]; readonly preferences: string }
}

/** THE table of what is distributed; each has one file in the controller's federated-types. */
export const federatedResources = {
  namespaces: core('namespaces', 'Namespace', { namespaced: false }),
  configmaps: core('configmaps', 'ConfigMap', { namespaced: true }),
  secrets: core('secrets', 'Secret', { namespaced: true }),
  services: core('services', 'Service', { namespaced: true }),
  deployments: {
    group: 'apps',
    version: 'v1',
    resource: 'deployments',
    kind: 'Deployment',
    namespaced: true,
    replicas: { path: ['spec', 'replicas'], preferences: deploymentPreferencesAnnotation },
  },
} as const satisfies Readonly<Record<string, FederatedResource>>

function core(
  resource: string,
  kind: string,
  { namespaced }: { namespaced: boolean },
): FederatedResource {
  return { group: '', version: 'v1', resource, kind, namespaced }
}

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  verbs: string[]
  apiGroups?: string[]
  resources?: string[]
  resourceNames?: string[]
  nonResourceURLs?: string[]
}

const readVerbs = ['get', 'list', 'watch']
const writeVerbs = [...readVerbs, 'create', 'update', 'patch', 'delete']

/**
 * The ClusterRole that the federation needs in a member, and nothing more: to write what it distributes, to see the
 * zones of nodes and the ready endpoints of Services, and to ask for health and version.
 */
export function memberClusterRules(): PolicyRule[] {
  const byGroup = new Map<string, string[]>()
  for (const { group, resource } of Object.values(federatedResources)) {
    byGroup.set(group, [...(byGroup.get(group) ?? []), resource])
  }
  const federated = [...byGroup].map(([group, resources]): PolicyRule => ({
    apiGroups: [group],
    resources,
    verbs: [...writeVerbs],
  }))
  return [
    ...federated,
    { apiGroups: [''], resources: ['nodes', 'endpoints'], verbs: [...readVerbs] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: [...readVerbs] },
    { nonResourceURLs: ['/healthz', '/readyz', '/version'], verbs: ['get'] },
  ]
}

/** The Role in the ServiceAccount's own namespace: it may ask for a new token for itself, so that no token lives long. */
export const memberTokenRules = (serviceAccount: string): PolicyRule[] => [
  {
    apiGroups: [''],
    resources: ['serviceaccounts/token'],
    resourceNames: [serviceAccount],
    verbs: ['create'],
  },
]

/** Life of a member's ServiceAccount token, in seconds; it is renewed at half of it. */
export const memberTokenSeconds = 30 * 24 * 3600

/** RFC 3339, on the Secret of a member's credentials: when its token expires. */
export const tokenExpiryAnnotation = 'federation.kubernetes.io/token-expires-at'
