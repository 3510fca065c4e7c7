import type { LabelSelectorObject } from '#apimachinery/selectors/labels.ts'
import {
  groupAuthenticated,
  groupMasters,
  groupServiceAccounts,
  groupUnauthenticated,
} from '../authentication/user-info.ts'
import type { PolicyRule } from './policy-rule.ts'
import type { Subject } from './role-set.ts'

export interface BootstrapRole {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  readonly rules: readonly PolicyRule[]
  /** Filled from all roles with these labels. */
  readonly aggregates?: readonly LabelSelectorObject[]
}

export interface BootstrapBinding {
  readonly role: string
  readonly subjects: readonly Subject[]
}

export interface BootstrapPolicy {
  readonly clusterRoles: readonly BootstrapRole[]
  /** Each is called as its role. */
  readonly clusterRoleBindings: readonly BootstrapBinding[]
}

const read = ['get', 'list', 'watch']
const write = ['create', 'delete', 'deletecollection', 'patch', 'update']

/** Verbs on resources of one or more groups; groups and resources separated by spaces, the core group is `core`. */
const rule = (groups: string, resources: string, verbs: readonly string[]): PolicyRule => ({
  apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
  resources: resources.split(' '),
  verbs,
})

const paths = (urls: string): PolicyRule => ({ nonResourceURLs: urls.split(' '), verbs: ['get'] })

const aggregateTo = (role: string): Record<string, string> => ({
  [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true',
})

const aggregated = (role: string, labels?: Record<string, string>): BootstrapRole => ({
  name: role,
  ...(labels && { labels }),
  rules: [],
  aggregates: [{ matchLabels: aggregateTo(role) }],
})

const viewRules: readonly PolicyRule[] = [
  rule(
    'core',
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
    read,
  ),
  rule(
    'core',
    'bindings limitranges namespaces namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
    read,
  ),
  rule('core events.k8s.io', 'events', read),
  rule('discovery.k8s.io', 'endpointslices', read),
  rule(
    'apps',
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
    read,
  ),
  rule('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', read),
  rule('batch', 'cronjobs cronjobs/status jobs jobs/status', read),
  rule('policy', 'poddisruptionbudgets poddisruptionbudgets/status', read),
  rule('networking.k8s.io', 'ingresses ingresses/status networkpolicies', read),
  rule('resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates', read),
]

/** Secrets are here and not in view: who reads the token of a ServiceAccount is that ServiceAccount. */
const editRules: readonly PolicyRule[] = [
  rule('core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', read),
  rule('core', 'serviceaccounts', ['impersonate']),
  rule('core', 'pods pods/attach pods/exec pods/portforward pods/proxy', write),
  rule('core', 'pods/eviction serviceaccounts/token', ['create']),
  rule(
    'core',
    'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    write,
  ),
  rule('core events.k8s.io', 'events', write),
  rule(
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
    write,
  ),
  rule('autoscaling', 'horizontalpodautoscalers', write),
  rule('batch', 'cronjobs jobs', write),
  rule('policy', 'poddisruptionbudgets', write),
  rule('networking.k8s.io', 'ingresses networkpolicies', write),
  rule('coordination.k8s.io', 'leases', [...read, ...write]),
  rule('resource.k8s.io', 'resourceclaims resourceclaimtemplates', write),
]

const adminRules: readonly PolicyRule[] = [
  rule('authorization.k8s.io', 'localsubjectaccessreviews', ['create']),
  rule('rbac.authorization.k8s.io', 'rolebindings roles', [...read, ...write]),
]

const clusterRoles: readonly BootstrapRole[] = [
  {
    name: 'cluster-admin',
    rules: [rule('*', '*', ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }],
  },
  aggregated('admin'),
  aggregated('edit', aggregateTo('admin')),
  aggregated('view', aggregateTo('edit')),
  { name: 'system:aggregate-to-admin', labels: aggregateTo('admin'), rules: adminRules },
  { name: 'system:aggregate-to-edit', labels: aggregateTo('edit'), rules: editRules },
  { name: 'system:aggregate-to-view', labels: aggregateTo('view'), rules: viewRules },
  {
    name: 'system:discovery',
    rules: [
      paths(
        '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/',
      ),
    ],
  },
  {
    name: 'system:basic-user',
    rules: [
      rule('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', ['create']),
      rule('authentication.k8s.io', 'selfsubjectreviews', ['create']),
    ],
  },
  {
    name: 'system:public-info-viewer',
    rules: [paths('/healthz /livez /readyz /version /version/')],
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      paths(
        '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
      ),
    ],
  },
  {
    name: 'system:auth-delegator',
    rules: [
      rule('authentication.k8s.io', 'tokenreviews', ['create']),
      rule('authorization.k8s.io', 'subjectaccessreviews', ['create']),
    ],
  },
  {
    name: 'system:monitoring',
    rules: [paths('/healthz /healthz/* /livez /livez/* /metrics /readyz /readyz/*')],
  },
]

const group = (name: string): Subject => ({ kind: 'Group', name })

const clusterRoleBindings: readonly BootstrapBinding[] = [
  { role: 'cluster-admin', subjects: [group(groupMasters)] },
  { role: 'system:discovery', subjects: [group(groupAuthenticated)] },
  { role: 'system:basic-user', subjects: [group(groupAuthenticated)] },
  {
    role: 'system:public-info-viewer',
    subjects: [group(groupAuthenticated), group(groupUnauthenticated)],
  },
  { role: 'system:service-account-issuer-discovery', subjects: [group(groupServiceAccounts)] },
  { role: 'system:monitoring', subjects: [group('system:monitoring')] },
]

/** User names of the federation's own programs. */
export const federationUsers = {
  controllerManager: 'system:federation-controller-manager',
  dns: 'system:federation-dns',
} as const

/**
 * The controllers empty namespaces and collect garbage of every kind, so they read and delete everything, and may patch what can be
 * deleted, for its finalizers and owners; they create only what is theirs to make. Of roles and bindings they can give nobody more than they hold.
 */
const controllerManagerRules: readonly PolicyRule[] = [
  rule('*', '*', ['get', 'list', 'watch', 'delete', 'deletecollection']),
  // Owner references and finalizers of dependents; foreground deletion.
  rule(
    'core',
    'configmaps endpoints namespaces pods secrets serviceaccounts services replicationcontrollers persistentvolumeclaims',
    ['create', 'update', 'patch'],
  ),
  rule('core', 'namespaces/finalize namespaces/status services/status pods/status', [
    'update',
    'patch',
  ]),
  rule('core events.k8s.io', 'events', ['create', 'update', 'patch']),
  // One for each revision of a Deployment.
  rule('apps', 'replicasets', ['create']),
  rule('apps batch networking.k8s.io autoscaling policy discovery.k8s.io', '*', [
    'update',
    'patch',
  ]),
  // The same for all other kinds. RBAC admission lets nobody give what they do not hold.
  ...[
    rule('core', 'limitranges nodes persistentvolumes podtemplates resourcequotas', ['patch']),
    rule('rbac.authorization.k8s.io', 'clusterrolebindings clusterroles rolebindings roles', [
      'patch',
    ]),
    rule('apiregistration.k8s.io', 'apiservices', ['patch']),
    rule('certificates.k8s.io', 'certificatesigningrequests', ['patch']),
    rule(
      'admissionregistration.k8s.io apiextensions.k8s.io flowcontrol.apiserver.k8s.io node.k8s.io resource.k8s.io scheduling.k8s.io storage.k8s.io',
      '*',
      ['patch'],
    ),
  ],
  rule('coordination.k8s.io', 'leases', ['create', 'update', 'patch']),
  rule('federation', '*', ['create', 'update', 'patch']),
  rule('core', 'serviceaccounts/token', ['create']),
  paths('/version /healthz /livez /readyz'),
]

const dnsRules: readonly PolicyRule[] = [rule('federation', 'servicednsrecords clusters', read)]

const user = (name: string): Subject => ({ kind: 'User', name })

/** What every server has, and, on the federation's own, the roles of its programs. */
export function bootstrapPolicy({ federation }: { readonly federation: boolean }): BootstrapPolicy {
  if (!federation) return { clusterRoles, clusterRoleBindings }
  const { controllerManager, dns } = federationUsers
  return {
    clusterRoles: [
      ...clusterRoles,
      { name: controllerManager, rules: controllerManagerRules },
      { name: dns, rules: dnsRules },
      {
        name: 'system:aggregate-federation-to-view',
        labels: aggregateTo('view'),
        rules: [rule('federation', 'placementdecisions servicednsrecords', read)],
      },
    ],
    clusterRoleBindings: [
      ...clusterRoleBindings,
      { role: controllerManager, subjects: [user(controllerManager)] },
      { role: dns, subjects: [user(dns)] },
    ],
  }
}
