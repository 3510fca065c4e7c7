import type { Area, Case, Request } from '../area.ts'
import { as, get, grant, paths, post, rule, type Rule } from './requests.ts'

const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

type Headers = NonNullable<Request['headers']>

const ask = (headers: Headers): Request => post(whoami, {}, headers)

const wishes: Readonly<Record<string, Headers>> = {
  'nobody else': {},
  'a user': as('{ns}-a'),
  'a user and groups': as('{ns}-a', 'g1', 'g2'),
  'groups with commas': as('{ns}-a', 'g1,g2', 'g 3'),
  'a group twice': as('{ns}-a', 'g1', 'g1'),
  'groups that are there anyway': as('{ns}-a', 'system:authenticated'),
  'an unauthenticated group': as('{ns}-a', 'system:unauthenticated'),
  both: as('{ns}-a', 'system:unauthenticated', 'system:authenticated'),
  'the anonymous': as('system:anonymous'),
  'the anonymous with a group': as('system:anonymous', 'g'),
  'the anonymous who is authenticated': as('system:anonymous', 'system:authenticated'),
  'a service account': as('system:serviceaccount:{ns}:default'),
  'a service account that is not there': as('system:serviceaccount:{ns}:nobody'),
  'a service account and groups': as('system:serviceaccount:{ns}:default', 'g'),
  'a service account of a bad name': as('system:serviceaccount:{ns}:A_B'),
  'a service account of no name': as('system:serviceaccount:{ns}:'),
  'a service account of many names': as('system:serviceaccount:{ns}:a:b'),
  'a master': as('root', 'system:masters'),
  'a node': as('system:node:n1', 'system:nodes'),
  'groups only': { 'impersonate-group': ['g'] },
  'a uid only': { 'impersonate-uid': 'u-1' },
  'extra only': { 'impersonate-extra-scopes': 'view' },
  'no name': { 'impersonate-user': '' },
  'no name and a group': { 'impersonate-user': '', 'impersonate-group': ['g'] },
  'a uid': { ...as('{ns}-a'), 'impersonate-uid': 'u-1' },
  'an empty uid': { ...as('{ns}-a'), 'impersonate-uid': '' },
  extra: { ...as('{ns}-a'), 'impersonate-extra-scopes': ['view', 'edit'] },
  'extra of a path': { ...as('{ns}-a'), 'impersonate-extra-acme.test%2fproject': 'p' },
  'extra of capitals': { ...as('{ns}-a'), 'Impersonate-Extra-Scopes': 'View' },
  'extra of a bad escape': { ...as('{ns}-a'), 'impersonate-extra-a%zz': 'p' },
  'extra of no name': { ...as('{ns}-a'), 'impersonate-extra-': 'p' },
  everything: {
    ...as('{ns}-a', 'g1'),
    'impersonate-uid': 'u-1',
    // One key: of two, Go's maps decide which is refused first.
    'impersonate-extra-b': ['y', 'z'],
  },
  'another header': { ...as('{ns}-a'), 'impersonate-other': 'x' },
}

const wishCases = Object.entries(wishes).map(([name, headers]): Case => ({
  name: `as ${name}`,
  steps: [
    ask(headers),
    get('/api/v1/namespaces/{ns}/configmaps', headers),
    get('/version', headers),
    {
      ...ask({ ...headers, accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
    },
  ],
}))

/** A ServiceAccount of the case, asked by its token: it may impersonate what the rules say. */
function limited(name: string, rules: readonly Rule[]): Case {
  const account = 'system:serviceaccount:{ns}:default'
  const tokenOf = (earlier: { body: unknown } | undefined): string =>
    (earlier?.body as { status?: { token?: string } } | undefined)?.status?.token ?? ''
  return {
    name: `a sender who may impersonate ${name}`,
    steps: [
      ...grant(account, rules, { everywhere: true }),
      post('/api/v1/namespaces/{ns}/serviceaccounts/default/token', { spec: {} }),
      ...Object.values(wishes).map(
        (headers) =>
          (earlier: readonly { body: unknown }[]): Request => ({
            ...ask({ ...headers, authorization: `Bearer ${tokenOf(earlier[3])}` }),
            anonymous: true,
          }),
      ),
    ],
  }
}

const limitedCases = [
  limited('nobody', [paths('get', '/version')]),
  limited('users', [rule('impersonate', '', 'users')]),
  limited('users and groups', [rule('impersonate', '', 'users groups')]),
  limited('one user', [rule('impersonate', '', 'users', '{ns}-a')]),
  limited('service accounts', [rule('impersonate', '', 'serviceaccounts')]),
  limited('one group', [
    rule('impersonate', '', 'users'),
    rule('impersonate', '', 'groups', 'g1 g'),
  ]),
  limited('uids', [
    rule('impersonate', '', 'users groups'),
    rule('impersonate', 'authentication.k8s.io', 'uids'),
  ]),
  limited('extra', [
    rule('impersonate', '', 'users groups'),
    rule('impersonate', 'authentication.k8s.io', 'userextras/scopes userextras/a'),
  ]),
  limited('everything', [rule('impersonate', '*', '*')]),
]

/** Requests in the name of others. */
export const impersonationArea: Area = {
  name: 'impersonation',
  cases: () => [...wishCases, ...limitedCases],
}
