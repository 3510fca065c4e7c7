import type { Area, Case, Request } from '../area.ts'
import {
  as,
  get,
  grant,
  paths,
  post,
  rbacIn,
  roleRef,
  rule,
  settled,
  userSubject,
} from './requests.ts'

const group = '/apis/authorization.k8s.io/v1'
const self = `${group}/selfsubjectaccessreviews`
const subject = `${group}/subjectaccessreviews`
const local = `${group}/namespaces/{ns}/localsubjectaccessreviews`
const rules = `${group}/selfsubjectrulesreviews`
const user = '{ns}-user'
const me = as(user)

const questions: Readonly<Record<string, object>> = {
  'a namespace': { resourceAttributes: { verb: 'list', resource: 'pods', namespace: '{ns}' } },
  everywhere: { resourceAttributes: { verb: 'list', resource: 'pods' } },
  'another namespace': {
    resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'default' },
  },
  'a name': {
    resourceAttributes: { verb: 'get', resource: 'secrets', namespace: '{ns}', name: 'one' },
  },
  'another name': {
    resourceAttributes: { verb: 'get', resource: 'secrets', namespace: '{ns}', name: 'two' },
  },
  'a group': {
    resourceAttributes: { verb: 'get', group: 'apps', resource: 'deployments', namespace: '{ns}' },
  },
  'a version': {
    resourceAttributes: { verb: 'get', version: 'v7', resource: 'pods', namespace: '{ns}' },
  },
  'a subresource': {
    resourceAttributes: {
      verb: 'update',
      group: 'apps',
      resource: 'deployments',
      subresource: 'scale',
      namespace: '{ns}',
    },
  },
  everything: { resourceAttributes: { verb: '*', group: '*', resource: '*' } },
  'an unknown resource': {
    resourceAttributes: { verb: 'get', resource: 'things', namespace: '{ns}' },
  },
  'no verb': { resourceAttributes: { resource: 'pods', namespace: '{ns}' } },
  'no attributes': { resourceAttributes: {} },
  'a path': { nonResourceAttributes: { verb: 'get', path: '/openapi' } },
  'another path': { nonResourceAttributes: { verb: 'get', path: '/metrics' } },
  'a path of a pattern': { nonResourceAttributes: { verb: 'get', path: '/logs/a' } },
  'no path': { nonResourceAttributes: {} },
  both: {
    resourceAttributes: { verb: 'get', resource: 'pods' },
    nonResourceAttributes: { verb: 'get', path: '/openapi' },
  },
  nothing: {},
  'a field selector': {
    resourceAttributes: {
      verb: 'list',
      resource: 'pods',
      namespace: '{ns}',
      fieldSelector: { rawSelector: 'metadata.name=a' },
    },
  },
  'field requirements': {
    resourceAttributes: {
      verb: 'list',
      resource: 'pods',
      fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n'] }] },
    },
  },
  'field selectors of both kinds': {
    resourceAttributes: {
      verb: 'list',
      resource: 'pods',
      fieldSelector: {
        rawSelector: 'a=b',
        requirements: [{ key: 'a', operator: 'In', values: ['b'] }],
      },
    },
  },
  'an empty field selector': {
    resourceAttributes: { verb: 'list', resource: 'pods', fieldSelector: {} },
  },
  'wrong requirements': {
    resourceAttributes: {
      verb: 'list',
      resource: 'pods',
      labelSelector: {
        requirements: [
          { key: '', operator: 'In', values: ['b'] },
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['b'] },
          { key: 'a', operator: '' },
          { key: 'a', operator: 'Near' },
        ],
      },
    },
  },
  'a bad selector': {
    resourceAttributes: { verb: 'list', resource: 'pods', labelSelector: { rawSelector: '!!' } },
  },
  'unknown fields': { resourceAttributes: { verb: 'get', resource: 'pods' }, other: 1 },
  'wrong types': { resourceAttributes: { verb: 1 } },
}

const held = [
  rule('get list', '', 'pods'),
  rule('get', '', 'secrets', 'one'),
  rule('update', 'apps', '*/scale'),
  rule('get', 'apps', 'deployments'),
]

const granted = [
  ...grant(user, held),
  ...grant(user, [paths('get', '/logs/*')], { everywhere: true, name: '{ns}-paths' }),
]

const selfCases = Object.entries(questions).map(([name, spec]): Case => ({
  name: `may I: ${name}`,
  steps: [
    ...granted,
    post(self, { spec }),
    post(self, { spec }, me),
    post(self, { spec }, as('{ns}-a', 'system:masters')),
  ],
}))

const subjects: Readonly<Record<string, object>> = {
  'the user': { user },
  'a group': { groups: ['system:masters'] },
  both: { user: '{ns}-a', groups: ['{ns}-g'], uid: 'u', extra: { k: ['v'] } },
  nobody: {},
}

const subjectCases = Object.entries(questions).map(([name, spec]): Case => ({
  name: `may they: ${name}`,
  steps: [
    ...granted,
    ...Object.values(subjects).flatMap((who) => [
      post(subject, { spec: { ...spec, ...who } }),
      post(local, { spec: { ...spec, ...who } }),
    ]),
  ],
}))

const asked = { spec: { ...questions['a namespace'], user } }

const whoAsks: Case = {
  name: 'who may ask',
  steps: [
    post(self, { spec: questions['a namespace'] }, me),
    post(subject, asked, me),
    post(local, asked, me),
    post(rules, { spec: { namespace: '{ns}' } }, me),
    post(`${rbacIn('{ns}')}/rolebindings`, {
      metadata: { name: 'b' },
      roleRef: roleRef('ClusterRole', 'system:aggregate-to-admin'),
      subjects: [userSubject(user)],
    }),
    settled(user, {
      verb: 'create',
      group: 'authorization.k8s.io',
      resource: 'localsubjectaccessreviews',
    }),
    post(subject, asked, me),
    post(local, asked, me),
    ...[self, subject, local, rules].flatMap((path) => [
      { ...post(path, asked), anonymous: true } as const,
      get(path),
      { path, method: 'DELETE' },
      get(`${path}/a`),
      post(path, []),
      post(path, { kind: 'Other', apiVersion: 'v1' }),
      post(path, ''),
      { ...post(path, asked), query: { dryRun: 'All' } },
      { ...post(path, asked), query: { fieldManager: 'm', fieldValidation: 'Strict' } },
    ]),
    post(local, {
      spec: {
        user: 'a',
        resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' },
      },
    }),
    post(local, { metadata: { namespace: 'default' }, ...asked }),
    post(subject, { metadata: { name: 'x' }, ...asked }),
    post(self, { metadata: { labels: { a: 'b' } }, spec: questions['a namespace'] }),
    post(`${group}/namespaces/{ns}-nowhere/localsubjectaccessreviews`, {
      spec: {
        user: 'a',
        resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}-nowhere' },
      },
    }),
  ],
}

const rulesCases: readonly Case[] = [
  {
    name: 'rules of a user',
    steps: [
      ...granted,
      post(rules, { spec: { namespace: '{ns}' } }, me),
      post(rules, { spec: { namespace: 'default' } }, me),
      post(rules, { spec: { namespace: '{ns}-nowhere' } }, me),
      post(rules, { spec: {} }, me),
      post(rules, {}, me),
      post(rules, { spec: { namespace: '' } }, me),
    ],
  },
  ...['cluster-admin', 'system:kube-scheduler', 'nowhere'].map((role): Case => ({
    name: `rules of ${role}`,
    steps: [
      post(`${rbacIn('{ns}')}/rolebindings`, {
        metadata: { name: 'b' },
        roleRef: roleRef('ClusterRole', role),
        subjects: [userSubject(user)],
      }),
      post(rules, { spec: { namespace: '{ns}' } }, me),
      post(self, { spec: questions['a namespace'] }, me),
    ],
  })),
  {
    name: 'rules of groups',
    steps: [
      post(rules, { spec: { namespace: '{ns}' } }),
      post(rules, { spec: { namespace: '{ns}' } }, as('system:anonymous')),
      post(rules, { spec: { namespace: '{ns}' } }, as('a', 'system:masters')),
      post(rules, { spec: { namespace: '{ns}' } }, as('a', 'system:monitoring')),
      post(rules, { spec: { namespace: '{ns}' } }, as('system:serviceaccount:{ns}:default')),
      post(rules, { spec: { namespace: '{ns}' } }, as('system:kube-scheduler')),
    ],
  },
]

const whoamiPath = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const whoami: Case = {
  name: 'who am I',
  steps: [
    post(whoamiPath, {}),
    post(whoamiPath, { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' }),
    post(whoamiPath, {
      metadata: { name: 'x', labels: { a: 'b' } },
      status: { userInfo: { username: 'z' } },
    }),
    post(whoamiPath, { kind: 'Other', apiVersion: 'authentication.k8s.io/v1' }),
    { ...post(whoamiPath, {}), query: { dryRun: 'All' } },
    { ...post(whoamiPath, {}), query: { fieldValidation: 'Strict' } },
    { ...post(whoamiPath, { spec: {} }), query: { fieldValidation: 'Strict' } },
    post(whoamiPath, {}, me),
    { ...post(whoamiPath, {}), anonymous: true } satisfies Request,
    get(whoamiPath),
    { path: whoamiPath, method: 'PUT', body: {} },
  ],
}

/** Questions about rights and about oneself. */
export const reviewsArea: Area = {
  name: 'reviews',
  cases: () => [...selfCases, ...subjectCases, whoAsks, ...rulesCases, whoami],
}
