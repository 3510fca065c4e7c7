import { beforeEach, describe, expect, it } from 'vitest'
import { authenticated, groupMasters, type UserInfo } from '../authentication/user-info.ts'
import type { Attributes, Decision } from './attributes.ts'
import { escalationProblem } from './escalation.ts'
import { requestedUser } from './impersonation-headers.ts'
import { Impersonation } from './impersonation.ts'
import { coversPath, type PolicyRule, ruleAllows } from './policy-rule.ts'
import { RbacAuthorizer } from './rbac.ts'
import { type RbacObject, type RbacObjects, RoleSet } from './role-set.ts'

const user = (name: string, ...groups: string[]): UserInfo => authenticated({ name, groups })
const alice = user('alice')

const asked = (over: Partial<Attributes>): Attributes => ({
  user: alice,
  verb: 'get',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'shop',
  name: 'web-1',
  resourceRequest: over.path === undefined,
  path: '',
  ...over,
})

const pods: PolicyRule = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }

describe('ruleAllows', () => {
  const cases: [string, PolicyRule, Partial<Attributes>, boolean][] = [
    ['the resource', pods, {}, true],
    ['another verb', pods, { verb: 'delete' }, false],
    ['another group', pods, { group: 'apps' }, false],
    ['a subresource of the resource', pods, { subresource: 'log' }, false],
    ['x/sub', { ...pods, resources: ['pods/log'] }, { subresource: 'log' }, true],
    ['x/sub for x', { ...pods, resources: ['pods/log'] }, {}, false],
    ['*/sub', { ...pods, resources: ['*/scale'] }, { subresource: 'scale' }, true],
    ['*/sub for another', { ...pods, resources: ['*/scale'] }, { subresource: 'status' }, false],
    ['x/* is no pattern', { ...pods, resources: ['pods/*'] }, { subresource: 'log' }, false],
    ['* for subresources', { ...pods, resources: ['*'] }, { subresource: 'log' }, true],
    ['* verbs and groups', { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, {}, true],
    ['a name in resourceNames', { ...pods, resourceNames: ['web-1'] }, {}, true],
    ['a name not in them', { ...pods, resourceNames: ['web-2'] }, {}, false],
    ['no name, with resourceNames', { ...pods, resourceNames: ['web-1'] }, { name: '' }, false],
    ['* in resourceNames is a name', { ...pods, resourceNames: ['*'] }, {}, false],
    ['a resource rule for a path', pods, { path: '/metrics' }, false],
    ['a path', { nonResourceURLs: ['/metrics'], verbs: ['get'] }, { path: '/metrics' }, true],
    ['a path rule for a resource', { nonResourceURLs: ['*'], verbs: ['*'] }, {}, false],
    ['empty lists', { verbs: ['get'] }, {}, false],
  ]
  it.each(cases)('%s', (_, rule, over, allowed) => {
    expect(ruleAllows(rule, asked(over))).toBe(allowed)
  })
})

describe('coversPath', () => {
  it.each([
    ['*', '/anything', true],
    ['/api', '/api', true],
    ['/api', '/api/v1', false],
    ['/api/*', '/api/v1', true],
    ['/api/*', '/api', false],
    ['/api/*', '/apis', false],
    ['/health*', '/healthz', true],
    ['/*/x', '/a/x', false],
  ])('%s on %s: %s', (pattern, path, covered) => {
    expect(coversPath(pattern, path)).toBe(covered)
  })
})

const clusterRole = (name: string, rules: PolicyRule[], rest: object = {}): RbacObject => ({
  metadata: { name },
  rules,
  ...rest,
})
const role = (name: string, rules: PolicyRule[]): RbacObject => ({
  metadata: { name, namespace: 'shop' },
  rules,
})
const binding = (
  name: string,
  [kind, refName]: [string, string],
  subjects: object[],
  namespace?: string,
): RbacObject => ({
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: refName },
  subjects,
})

const objects: RbacObjects = {
  clusterRoles: [
    clusterRole('reader', [pods]),
    clusterRole('paths', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]),
    {
      ...clusterRole('sum', []),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'sum' } }] },
    },
    {
      ...clusterRole('inner', []),
      metadata: { name: 'inner', labels: { to: 'sum' } },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'inner' } }] },
    },
    {
      ...clusterRole('leaf', [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }]),
      metadata: { name: 'leaf', labels: { to: 'inner' } },
    },
    {
      ...clusterRole('circle', []),
      metadata: { name: 'circle', labels: { to: 'circle' } },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'circle' } }] },
    },
  ],
  roles: [role('writer', [{ ...pods, verbs: ['delete'] }])],
  roleBindings: [
    binding('writers', ['Role', 'writer'], [{ kind: 'User', name: 'alice' }], 'shop'),
    binding(
      'robots',
      ['ClusterRole', 'reader'],
      [{ kind: 'ServiceAccount', name: 'robot' }],
      'shop',
    ),
    binding('paths', ['ClusterRole', 'paths'], [{ kind: 'User', name: 'alice' }], 'shop'),
  ],
  clusterRoleBindings: [
    binding('readers', ['ClusterRole', 'reader'], [{ kind: 'Group', name: 'ops' }]),
    binding('sums', ['ClusterRole', 'sum'], [{ kind: 'User', name: 'sue' }]),
    binding('dangling', ['ClusterRole', 'missing'], [{ kind: 'User', name: 'dan' }]),
    binding('circles', ['ClusterRole', 'circle'], [{ kind: 'User', name: 'cora' }]),
  ],
}

const set = new RoleSet(objects)
const authorizer = new RbacAuthorizer({ current: () => set, latest: () => Promise.resolve(set) })
const refused: Decision = { allowed: false, reason: '' }
const by = (source: string): Decision => ({ allowed: true, reason: `RBAC: allowed by ${source}` })

describe('RbacAuthorizer', () => {
  const cases: [string, Partial<Attributes>, Decision][] = [
    ['masters', { user: user('root', groupMasters), verb: 'x' }, { allowed: true, reason: '' }],
    ['nobody', {}, refused],
    [
      'a Role in its namespace',
      { verb: 'delete' },
      by('RoleBinding "writers/shop" of Role "writer" to User "alice"'),
    ],
    ['a Role in another namespace', { verb: 'delete', namespace: 'other' }, refused],
    ['a Role at the cluster scope', { verb: 'delete', namespace: '' }, refused],
    [
      'a group everywhere',
      { user: user('olaf', 'ops'), namespace: 'any' },
      by('ClusterRoleBinding "readers" of ClusterRole "reader" to Group "ops"'),
    ],
    [
      'a ServiceAccount of the namespace',
      { user: user('system:serviceaccount:shop:robot') },
      by('RoleBinding "robots/shop" of ClusterRole "reader" to ServiceAccount "robot/shop"'),
    ],
    ['its namesake elsewhere', { user: user('system:serviceaccount:other:robot') }, refused],
    ['a user called like it', { user: user('robot') }, refused],
    ['paths by a RoleBinding', { path: '/metrics', namespace: 'shop' }, refused],
    [
      'aggregation over two steps',
      { user: user('sue'), group: 'apps', resource: 'deployments' },
      by('ClusterRoleBinding "sums" of ClusterRole "sum" to User "sue"'),
    ],
    ['aggregation in a circle', { user: user('cora') }, refused],
    [
      'a role that is not there',
      { user: user('dan') },
      { allowed: false, reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "missing" not found' },
    ],
  ]
  it.each(cases)('%s', async (_, over, decision) => {
    expect(await authorizer.authorize(asked(over))).toEqual(decision)
  })

  it('asks for the newest rules before it refuses', async () => {
    const empty = new RoleSet({
      roles: [],
      clusterRoles: [],
      roleBindings: [],
      clusterRoleBindings: [],
    })
    const behind = new RbacAuthorizer({ current: () => empty, latest: () => Promise.resolve(set) })
    expect(await behind.authorize(asked({ verb: 'delete' }))).toMatchObject({ allowed: true })
  })

  it('answers masters and known grants at once', () => {
    expect(authorizer.authorize(asked({ verb: 'delete' }))).not.toBeInstanceOf(Promise)
    expect(authorizer.authorize(asked({ user: user('r', groupMasters) }))).not.toBeInstanceOf(
      Promise,
    )
  })
})

describe('escalationProblem', () => {
  const held = { rules: [pods], missing: [] }
  const problem = (...rules: PolicyRule[]): string[] | undefined =>
    escalationProblem(user('carol'), held, rules)?.split('\n')

  it('says nothing about what is held', () => {
    expect(problem({ ...pods, verbs: ['list'], resourceNames: ['a'] })).toBeUndefined()
  })

  it('tells what is not, as Kubernetes 1.36 tells it', () => {
    expect(
      problem(
        { apiGroups: ['', 'apps'], resources: ['pods', 'pods/log'], verbs: ['get', 'delete'] },
        { nonResourceURLs: ['/x'], verbs: ['get'] },
        { apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'], verbs: ['*'] },
      ),
    ).toEqual([
      'user "carol" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
      '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
      '{APIGroups:[""], Resources:["pods/log"], Verbs:["get" "delete"]}',
      '{APIGroups:[""], Resources:["secrets"], ResourceNames:["a"], Verbs:["*"]}',
      '{APIGroups:[""], Resources:["secrets"], ResourceNames:["b"], Verbs:["*"]}',
      '{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "delete"]}',
      '{APIGroups:["apps"], Resources:["pods/log"], Verbs:["get" "delete"]}',
      '{NonResourceURLs:["/x"], Verbs:["get"]}',
    ])
  })

  it.each<[string, PolicyRule, PolicyRule, boolean]>([
    ['a name does not cover all', { ...pods, resourceNames: ['a'] }, pods, false],
    [
      '* covers a subresource',
      { ...pods, resources: ['*'] },
      { ...pods, resources: ['pods/log'] },
      true,
    ],
    [
      '*/log covers pods/log',
      { ...pods, resources: ['*/log'] },
      { ...pods, resources: ['pods/log'] },
      true,
    ],
    ['pods does not cover pods/log', pods, { ...pods, resources: ['pods/log'] }, false],
    ['a verb does not cover *', pods, { ...pods, verbs: ['*'] }, false],
    [
      '/a/* covers /a/b',
      { nonResourceURLs: ['/a/*'], verbs: ['get'] },
      { nonResourceURLs: ['/a/b'], verbs: ['get'] },
      true,
    ],
    [
      '/a/b does not cover /a/*',
      { nonResourceURLs: ['/a/b'], verbs: ['get'] },
      { nonResourceURLs: ['/a/*'], verbs: ['get'] },
      false,
    ],
  ])('%s', (_, have, want, covered) => {
    const found = escalationProblem(alice, { rules: [have], missing: [] }, [want])
    expect(found === undefined).toBe(covered)
  })
})

describe('impersonate', () => {
  const checked: string[] = []
  /** Verbs of constrained modes that the sender has. */
  const constrained = new Set<string>()
  const judge = {
    authorizer: {
      authorize: ({
        verb,
        group,
        resource,
        subresource,
        namespace,
        name,
      }: Attributes): Decision => {
        checked.push([verb, group, resource, subresource, namespace, name].join('|'))
        const allowed = name !== 'forbidden' && (!verb.includes(':') || constrained.has(verb))
        return { allowed, reason: '' }
      },
    },
    refuse: ({ verb, resource, name }: Attributes) => new Error(`${verb} ${resource} ${name}`),
  }
  const request: Attributes = {
    user: alice,
    verb: 'list',
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: '',
    namespace: 'shop',
    name: '',
    resourceRequest: true,
    path: '',
  }
  beforeEach(() => constrained.clear())
  const as = async (...headers: string[]): Promise<UserInfo> => {
    checked.length = 0
    const user = requestedUser(headers)
    return user === undefined ? alice : new Impersonation(judge).userFor(request, user)
  }

  it('leaves who asks for nothing as they are', async () => {
    expect(await as('Accept', '*/*')).toBe(alice)
  })

  it('checks user, groups, uid and extra, and keeps commas in groups', async () => {
    const found = await as(
      ...['Impersonate-User', 'bob', 'Impersonate-Group', 'a,b', 'impersonate-group', 'c'],
      ...['Impersonate-Uid', 'u', 'Impersonate-Extra-example.test%2Fscope', 'x'],
    )
    expect(found).toEqual({
      name: 'bob',
      uid: 'u',
      groups: ['a,b', 'c', 'system:authenticated'],
      extra: { 'example.test/scope': ['x'] },
    })
    expect(checked).toEqual([
      'impersonate-on:user-info:list||pods||shop|',
      'impersonate||users|||bob',
      'impersonate|authentication.k8s.io|uids|||u',
      'impersonate||groups|||a,b',
      'impersonate||groups|||c',
      'impersonate|authentication.k8s.io|userextras|example.test/scope||x',
    ])
  })

  it('gives a ServiceAccount its own groups', async () => {
    const found = await as('Impersonate-User', 'system:serviceaccount:shop:robot')
    expect(found.groups).toEqual([
      'system:serviceaccounts',
      'system:serviceaccounts:shop',
      'system:authenticated',
    ])
    expect(checked).toEqual([
      'impersonate-on:serviceaccount:list||pods||shop|',
      'impersonate||serviceaccounts||shop|robot',
    ])
  })

  it('can be allowed for some verbs only', async () => {
    constrained.add('impersonate-on:user-info:list').add('impersonate:user-info')
    expect((await as('Impersonate-User', 'bob')).name).toBe('bob')
    expect(checked).toEqual([
      'impersonate-on:user-info:list||pods||shop|',
      'impersonate:user-info|authentication.k8s.io|users|||bob',
    ])
  })

  it('gives a node its group, and no group besides', async () => {
    constrained.add('impersonate-on:arbitrary-node:list').add('impersonate:arbitrary-node')
    const found = await as('Impersonate-User', 'system:node:n1')
    expect(found.groups).toEqual(['system:nodes', 'system:authenticated'])
  })

  it('never makes a master by a constrained right', async () => {
    constrained.add('impersonate-on:user-info:list').add('impersonate:user-info')
    await as('Impersonate-User', 'bob', 'Impersonate-Group', 'system:masters')
    expect(checked.at(-1)).toBe('impersonate||groups|||system:masters')
  })

  it('does not let anybody put themselves into system:masters without the right to', async () => {
    const refusedFor = as('Impersonate-User', 'bob', 'Impersonate-Group', 'forbidden')
    await expect(refusedFor).rejects.toThrow('impersonate-on:user-info:list pods')
  })

  it('refuses groups without a user', async () => {
    await expect(as('Impersonate-Group', 'a')).rejects.toMatchObject({ code: 400 })
  })
})
