import { type Answer, type Area, type Case, objectOf, type Request, type Step } from '../area.ts'
import {
  as,
  get,
  grant,
  groupSubject,
  mergePatch,
  paths,
  post,
  put,
  rbac,
  rbacIn,
  remove,
  roleRef,
  rule,
  type Rule,
  settled,
  userSubject,
} from './requests.ts'

const core = '/api/v1/namespaces/{ns}'
const user = '{ns}-user'
const me = as(user)

const configMap = { metadata: { name: 'a' }, data: { k: 'v' } }

/** What a user does in a namespace, one request for each right worth telling apart. */
const deeds: readonly Request[] = [
  get(`${core}/configmaps`, me),
  get(`${core}/configmaps/a`, me),
  post(`${core}/configmaps`, configMap, me),
  put(`${core}/configmaps/b`, { metadata: { name: 'b' } }, me),
  mergePatch(`${core}/configmaps/a`, { data: { k: '2' } }, me),
  remove(`${core}/configmaps/a`, me),
  { ...remove(`${core}/configmaps`, me), query: { labelSelector: 'none=here' } },
  { path: `${core}/configmaps`, query: { watch: '1', timeoutSeconds: 1, limit: 1 }, headers: me },
  get(`${core}/secrets`, me),
  get(`${core}/secrets/a`, me),
  post(`${core}/secrets`, { metadata: { name: 'a' } }, me),
  get(`${core}/pods/a`, me),
  get(`${core}/pods/a/status`, me),
  post(`${core}/serviceaccounts/default/token`, { spec: {} }, me),
  get(`/apis/apps/v1/namespaces/{ns}/deployments`, me),
  get(`/apis/apps/v1/namespaces/{ns}/deployments/a/scale`, me),
  mergePatch(`/apis/apps/v1/namespaces/{ns}/deployments/a/scale`, { spec: { replicas: 1 } }, me),
  get(`${rbacIn('{ns}')}/roles`, me),
  post(`${rbacIn('{ns}')}/roles`, { metadata: { name: 'r' }, rules: [] }, me),
  get(`${core}/resourcequotas`, me),
  post(`${core}/resourcequotas`, { metadata: { name: 'q' }, spec: {} }, me),
  get(core, me),
  remove(core, me),
  { ...get('/api/v1/namespaces', me), query: { labelSelector: 'none=here' } },
  get('/api/v1/nodes', me),
  { ...get('/api/v1/configmaps', me), query: { labelSelector: 'none=here' } },
  { ...get(`${rbac}/clusterroles`, me), query: { labelSelector: 'none=here' } },
  get('/api/v1/namespaces/default/configmaps', me),
  post('/api/v1/namespaces/default/configmaps', configMap, me),
  get('/version', me),
  get('/livez/ping', me),
  get('/readyz', me),
  get('/nowhere', me),
  get('/apis/nowhere.test/v1/things', me),
  get('/apis/nowhere.test/v1/namespaces/{ns}/things/a/part', me),
]

const binding = (name: string, ref: object, subjects: readonly object[]): object => ({
  metadata: { name },
  roleRef: ref,
  subjects,
})

/** What the aggregated roles add up to: those themselves are filled by a controller only. */
const parts: Readonly<Record<string, readonly string[]>> = {
  view: ['view'],
  edit: ['view', 'edit'],
  admin: ['view', 'edit', 'admin'],
}

/** One that comes with the last of them. */
const lastRights: Readonly<Record<string, Parameters<typeof settled>[1]>> = {
  edit: { verb: 'create', resource: 'pods' },
  admin: { verb: 'list', group: 'rbac.authorization.k8s.io', resource: 'roles' },
}

const bound = (role: string, i: number): Request =>
  post(
    `${rbacIn('{ns}')}/rolebindings`,
    binding(`b${i}`, roleRef('ClusterRole', role), [userSubject(user)]),
  )

const namesMissingRole = ({ body }: Answer): boolean =>
  String((body as { message?: string }).message).includes('not found')

const defaultRoleCases: readonly Case[] = [
  ...Object.entries(parts).map(([role, names]): Case => ({
    name: `who has ${role} in a namespace`,
    steps: [
      ...names.map((name, i) => bound(`system:aggregate-to-${name}`, i)),
      settled(user, { verb: 'list', resource: 'pods' }),
      settled(user, lastRights[role] ?? { verb: 'list', resource: 'pods' }),
      ...deeds,
    ],
  })),
  ...['cluster-admin', 'none'].map((role): Case => ({
    name: `who has ${role} in a namespace`,
    steps: [
      bound(role, 0),
      role === 'none'
        ? { ...get(`${core}/pods`, me), until: namesMissingRole }
        : settled(user, { verb: 'list', resource: 'pods' }),
      ...deeds,
    ],
  })),
]

const groupCases = ['system:masters', 'system:monitoring', 'system:nodes', 'other'].map(
  (group): Case => {
    const headers = as(user, group)
    return {
      name: `who is in ${group}`,
      steps: deeds.map((deed): Step => ({ ...deed, headers: { ...deed.headers, ...headers } })),
    }
  },
)

const role = (rules: readonly Rule[], name = 'r'): object => ({ metadata: { name }, rules })
const roles = `${rbacIn('{ns}')}/roles`
const roleBindings = `${rbacIn('{ns}')}/rolebindings`
const clusterRoles = `${rbac}/clusterroles`

/** Rights over roles, and some rights that may be given on. */
const roleWriter = [
  rule('*', 'rbac.authorization.k8s.io', 'roles rolebindings clusterroles clusterrolebindings'),
  rule('get list', '', 'configmaps pods'),
  rule('get', '', 'secrets', 'mine'),
  rule('update', 'apps', 'deployments/scale'),
  rule('*', 'batch', 'jobs'),
]
const starVerb = 'create get list watch update patch delete deletecollection'
const withoutBypass = [
  rule(
    starVerb,
    'rbac.authorization.k8s.io',
    'roles rolebindings clusterroles clusterrolebindings',
  ),
  ...roleWriter.slice(1),
]

const given: Readonly<Record<string, readonly Rule[]>> = {
  nothing: [],
  'the same': [rule('get list', '', 'configmaps')],
  less: [rule('get', '', 'pods')],
  'another verb': [rule('get watch delete', '', 'configmaps')],
  'another resource': [rule('get', '', 'configmaps services endpoints')],
  'another group': [rule('get', 'apps', 'configmaps')],
  'all verbs': [rule('*', '', 'configmaps')],
  'all resources': [rule('get', '', '*')],
  'all groups': [rule('get', '*', 'configmaps')],
  'one name of all': [rule('get', '', 'configmaps', 'a b')],
  'the one name': [rule('get', '', 'secrets', 'mine')],
  'other names': [rule('get', '', 'secrets', 'mine yours theirs')],
  'all names of one': [rule('get', '', 'secrets')],
  'a subresource': [rule('update', 'apps', 'deployments/scale')],
  'a subresource of all': [rule('update', 'apps', '*/scale')],
  'all verbs of a group held so': [rule('frob get', 'batch', 'jobs')],
  'what holds several': [
    rule('get', '', 'configmaps secrets nodes'),
    rule('list watch', 'apps', 'deployments daemonsets'),
  ],
}

const escalationCases = Object.entries(given).map(([name, rules]): Case => ({
  name: `giving on: ${name}`,
  steps: [
    ...grant(user, withoutBypass),
    post(roles, role(rules), me),
    post(roles, role([], 'before')),
    put(`${roles}/before`, role(rules, 'before'), me),
    mergePatch(`${roles}/before`, { rules }, me),
    post(roles, role(rules, 'made')),
    post(roleBindings, binding('x', roleRef('Role', 'made'), [userSubject('other')]), me),
    post(clusterRoles, role(rules, '{ns}-cluster'), me),
  ],
}))

const bypassCases: readonly Case[] = [
  {
    name: 'escalate and bind',
    steps: [
      ...grant(user, roleWriter),
      post(roles, role([rule('*', '*', '*')]), me),
      post(roleBindings, binding('x', roleRef('ClusterRole', 'edit'), [userSubject('o')]), me),
    ],
  },
  {
    name: 'bind of one role',
    steps: [
      ...grant(user, [
        rule(starVerb, 'rbac.authorization.k8s.io', 'roles rolebindings'),
        rule('bind', 'rbac.authorization.k8s.io', 'clusterroles', 'system:aggregate-to-view'),
        rule('escalate', 'rbac.authorization.k8s.io', 'roles', 'this'),
      ]),
      post(
        roleBindings,
        binding('v', roleRef('ClusterRole', 'system:aggregate-to-view'), [userSubject('o')]),
        me,
      ),
      post(
        roleBindings,
        binding('e', roleRef('ClusterRole', 'system:aggregate-to-edit'), [userSubject('o')]),
        me,
      ),
      post(roleBindings, binding('n', roleRef('Role', 'nowhere'), [userSubject('o')]), me),
      post(roles, role([rule('get', '', 'pods')], 'this'), me),
      post(roles, role([rule('get', '', 'pods')], 'that'), me),
      put(`${roles}/this`, role([rule('get list', '', 'pods')], 'this'), me),
    ],
  },
  {
    name: 'administrators of everything',
    steps: [
      ...grant(user, [rule('*', '*', '*'), paths('*', '*')], { everywhere: true }),
      post(clusterRoles, role([rule('*', '*', '*')], '{ns}-all'), me),
      post(
        clusterRoles,
        {
          metadata: { name: '{ns}-sum' },
          aggregationRule: { clusterRoleSelectors: [{ matchLabels: { '{ns}': 'x' } }] },
        },
        me,
      ),
      post(
        `${rbac}/clusterrolebindings`,
        binding('{ns}-x', roleRef('ClusterRole', 'cluster-admin'), [groupSubject('g')]),
        me,
      ),
    ],
  },
  {
    name: 'aggregation without all rights',
    steps: [
      ...grant(user, withoutBypass, { everywhere: true }),
      post(
        clusterRoles,
        {
          metadata: { name: '{ns}-sum' },
          aggregationRule: { clusterRoleSelectors: [{ matchLabels: { '{ns}': 'x' } }] },
        },
        me,
      ),
    ],
  },
  {
    name: 'only owners change',
    steps: [
      ...grant(user, withoutBypass),
      post(roles, role([rule('*', '*', '*')], 'big')),
      mergePatch(`${roles}/big`, { metadata: { finalizers: ['example.test/x'] } }, me),
      mergePatch(`${roles}/big`, { metadata: { finalizers: null } }, me),
      mergePatch(`${roles}/big`, { metadata: { labels: { a: 'b' } } }, me),
    ],
  },
]

/** Rights on one name. */
const namedCase: Case = {
  name: 'rights on one name',
  steps: [
    ...grant(user, [
      rule('get list watch update patch delete create deletecollection', '', 'configmaps', 'a'),
    ]),
    post(`${core}/configmaps`, configMap),
    get(`${core}/configmaps/a`, me),
    get(`${core}/configmaps/b`, me),
    get(`${core}/configmaps`, me),
    { path: `${core}/configmaps`, query: { fieldSelector: 'metadata.name=a' }, headers: me },
    { path: `${core}/configmaps`, query: { fieldSelector: 'metadata.name=b' }, headers: me },
    {
      path: `${core}/configmaps`,
      query: { fieldSelector: 'metadata.name=a', watch: '1', timeoutSeconds: 1 },
      headers: me,
    },
    { ...remove(`${core}/configmaps`, me), query: { fieldSelector: 'metadata.name=a' } },
    post(`${core}/configmaps`, configMap, me),
    put(`${core}/configmaps/a`, configMap, me),
    remove(`${core}/configmaps/a`, me),
  ],
}

const pathCase: Case = {
  name: 'paths',
  steps: [
    ...grant(user, [paths('get', '/metrics /logs/* /some*'), paths('*', '/any')], {
      everywhere: true,
    }),
    ...['/metrics', '/metrics/cadvisor', '/logs', '/logs/', '/logs/a/b', '/something', '/any']
      .map((path) => ({ ...get(path, me), headers: { ...me, accept: 'application/json' } }))
      .filter(({ path }) => path !== '/metrics'),
    post('/any', {}, me),
    post('/logs/a', {}, me),
    { ...get('/any', me), method: 'HEAD' },
    { ...get('/other', me), method: 'OPTIONS' },
  ],
}

const subjectsOf: Readonly<Record<string, readonly object[]>> = {
  'a group': [groupSubject('{ns}-group')],
  'a service account': [{ kind: 'ServiceAccount', name: 'default', namespace: '{ns}' }],
  'a service account of no namespace': [{ kind: 'ServiceAccount', name: 'default' }],
  'a user of no group': [{ kind: 'User', name: 'u' }],
  'a kind that is none': [{ kind: 'Robot', name: 'u' }],
  'no name': [{ kind: 'User', name: '', apiGroup: 'rbac.authorization.k8s.io' }],
  'a user with a namespace': [
    { kind: 'User', name: 'u', namespace: 'x', apiGroup: 'rbac.authorization.k8s.io' },
  ],
  'a service account with a group': [
    { kind: 'ServiceAccount', name: 'a', namespace: 'b', apiGroup: 'rbac.authorization.k8s.io' },
  ],
  'a service account with a bad name': [{ kind: 'ServiceAccount', name: 'A_', namespace: 'b' }],
  nobody: [],
}

/** Who reads by the bindings to these subjects, by place among the readers. */
const reached: Readonly<Record<string, readonly number[]>> = {
  'a group': [0],
  'a service account': [1, 2],
  'a service account of no namespace': [1],
}

const account = as('system:serviceaccount:{ns}:default')
const readers: readonly Request[] = [
  get(`${core}/configmaps`, as('someone', '{ns}-group')),
  get(`${core}/configmaps`, account),
  { ...get(`/api/v1/namespaces/default/configmaps`, account), query: { labelSelector: 'a=none' } },
]

const ok = ({ status }: Answer): boolean => status === 200

const subjectCases = Object.entries(subjectsOf).map(([name, subjects]): Case => {
  const ref = roleRef('ClusterRole', 'system:aggregate-to-view')
  return {
    name: `bound to ${name}`,
    steps: [
      post(roleBindings, binding('x', ref, subjects)),
      post(`${rbac}/clusterrolebindings`, binding('{ns}', ref, subjects)),
      ...readers.map((reader, i) =>
        reached[name]?.includes(i) ? { ...reader, until: ok } : reader,
      ),
    ],
  }
})

const refs: readonly object[] = [
  roleRef('Role', 'nowhere'),
  roleRef('ClusterRole', 'nowhere'),
  roleRef('Group', 'x'),
  roleRef('ClusterRole', ''),
  { kind: 'ClusterRole', name: 'system:aggregate-to-view' },
  { apiGroup: 'other.test', kind: 'ClusterRole', name: 'view' },
  {},
]

const refCase: Case = {
  name: 'references to roles',
  steps: [
    ...refs.flatMap((ref, i) => [
      post(roleBindings, binding(`b${i}`, ref, [userSubject(user)])),
      post(`${rbac}/clusterrolebindings`, binding(`{ns}-${i}`, ref, [userSubject(user)])),
    ]),
    settled(user, { verb: 'list', resource: 'configmaps' }),
    get(`${core}/configmaps`, me),
    post(roleBindings, binding('fixed', roleRef('ClusterRole', 'view'), [])),
    (earlier) => ({
      method: 'PUT',
      path: `${roleBindings}/fixed`,
      body: { ...objectOf(earlier.at(-1)), roleRef: roleRef('ClusterRole', 'edit') },
    }),
    mergePatch(`${roleBindings}/fixed`, { roleRef: { name: 'edit' } }),
  ],
}

const wrongRules: readonly Rule[] = [
  {},
  { verbs: ['get'] },
  { verbs: ['get'], resources: ['pods'] },
  { verbs: ['get'], apiGroups: [''] },
  { apiGroups: [''], resources: ['pods'] },
  { verbs: [], apiGroups: [''], resources: ['pods'] },
  { verbs: ['get'], nonResourceURLs: ['/x'] },
  { verbs: ['get'], nonResourceURLs: ['/x'], apiGroups: [''], resources: ['pods'] },
]

const wrongRulesCase: Case = {
  name: 'rules that are none',
  steps: wrongRules.flatMap((one, i) => [
    post(roles, role([one], `r${i}`)),
    post(clusterRoles, role([one], `{ns}-r${i}`)),
  ]),
}

const reads = { verb: 'get', resource: 'configmaps' }
const lists = { verb: 'list', resource: 'configmaps' }

const lifeCase: Case = {
  name: 'rights come and go',
  steps: [
    get(`${core}/configmaps`, me),
    ...grant(user, [rule('list', '', 'configmaps')]),
    get(`${core}/configmaps`, me),
    mergePatch(`${clusterRoles}/{ns}-granted`, { rules: [rule('get', '', 'configmaps')] }),
    settled(user, reads),
    get(`${core}/configmaps`, me),
    get(`${core}/configmaps/a`, me),
    remove(`${clusterRoles}/{ns}-granted`),
    settled(user, reads, false),
    get(`${core}/configmaps/a`, me),
    remove(`${roleBindings}/{ns}-granted`),
    settled(user, lists, false),
  ],
}

/** Who may do what, and who may give it. */
export const rbacArea: Area = {
  name: 'rbac',
  cases: () => [
    ...defaultRoleCases,
    ...groupCases,
    ...escalationCases,
    ...bypassCases,
    namedCase,
    pathCase,
    ...subjectCases,
    refCase,
    wrongRulesCase,
    lifeCase,
  ],
}
