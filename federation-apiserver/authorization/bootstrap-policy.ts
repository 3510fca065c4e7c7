import { kubernetesPolicy } from '#apimachinery/schema/rbac.ts'
import type { LabelSelectorObject } from '#apimachinery/selectors/labels.ts'
import type { PolicyRule } from './policy-rule.ts'
import type { Subject } from './role-set.ts'

export interface BootstrapRole {
  /** Absent: a ClusterRole. */
  readonly namespace?: string
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  readonly rules: readonly PolicyRule[]
  /** Filled from all roles with these labels. */
  readonly aggregates?: readonly LabelSelectorObject[]
}

export interface BootstrapBinding {
  /** Absent: a ClusterRoleBinding. */
  readonly namespace?: string
  readonly name: string
  /** A Role of the same namespace, or a ClusterRole. */
  readonly role: string
  readonly subjects: readonly Subject[]
}

export interface BootstrapPolicy {
  readonly roles: readonly BootstrapRole[]
  readonly bindings: readonly BootstrapBinding[]
}

const read = ['get', 'list', 'watch']

/** Verbs on resources of one or more groups; groups and resources separated by spaces, the core group is `core`. */
const rule = (groups: string, resources: string, verbs: readonly string[]): PolicyRule => ({
  apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
  resources: resources.split(' '),
  verbs,
})

const paths = (urls: string): PolicyRule => ({ nonResourceURLs: urls.split(' '), verbs: ['get'] })

const published: BootstrapPolicy = {
  roles: [...kubernetesPolicy.clusterRoles, ...kubernetesPolicy.roles],
  bindings: [...kubernetesPolicy.clusterRoleBindings, ...kubernetesPolicy.roleBindings],
}

/** User names of the federation's own programs. */
export const federationUsers = {
  controllerManager: 'system:federation-controller-manager',
  dns: 'system:federation-dns',
} as const

/**
 * The controllers empty namespaces and collect garbage of every kind, custom ones too, so they read and delete everything, and patch everything
 * for its finalizers and owners, as Kubernetes' garbage collector does; they create only what is theirs to make. Of roles and bindings they
 * can give nobody more than they hold.
 */
const controllerManagerRules: readonly PolicyRule[] = [
  rule('*', '*', ['get', 'list', 'watch', 'patch', 'delete', 'deletecollection']),
  rule(
    'core',
    'configmaps endpoints namespaces pods secrets serviceaccounts services replicationcontrollers persistentvolumeclaims',
    ['create', 'update'],
  ),
  rule(
    'core',
    'namespaces/finalize namespaces/status resourcequotas/status services/status pods/status',
    ['update'],
  ),
  rule('core events.k8s.io', 'events', ['create', 'update']),
  // One for each revision of a Deployment.
  rule('apps', 'replicasets', ['create']),
  rule('apps batch networking.k8s.io autoscaling policy discovery.k8s.io', '*', ['update']),
  rule('coordination.k8s.io', 'leases', ['create', 'update']),
  rule('federation', '*', ['create', 'update']),
  rule('core', 'serviceaccounts/token', ['create']),
  paths('/version /healthz /livez /readyz'),
]

const dnsRules: readonly PolicyRule[] = [rule('federation', 'servicednsrecords clusters', read)]

const toUser = (name: string): BootstrapBinding => ({
  name,
  role: name,
  subjects: [{ kind: 'User', name }],
})

/** What every Kubernetes server has, and, on the federation's own, the roles of its programs. */
export function bootstrapPolicy({ federation }: { readonly federation: boolean }): BootstrapPolicy {
  if (!federation) return published
  const { controllerManager, dns } = federationUsers
  return {
    roles: [
      ...published.roles,
      { name: controllerManager, rules: controllerManagerRules },
      { name: dns, rules: dnsRules },
      {
        name: 'system:aggregate-federation-to-view',
        labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' },
        // No Secret is in these: a Cluster names the one of its credentials.
        rules: [
          rule('federation', 'clusters placementdecisions servicednsrecords tombstones', read),
        ],
      },
    ],
    bindings: [...published.bindings, toUser(controllerManager), toUser(dns)],
  }
}
