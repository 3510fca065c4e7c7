import { type Answer, type Area, type Case, objectOf, type Request, type Step } from '../area.ts'
import { get, post, remove } from './requests.ts'

const core = '/api/v1/namespaces/{ns}'
const tokenPath = `${core}/serviceaccounts/default/token`
const reviews = '/apis/authentication.k8s.io/v1/tokenreviews'
const whoami = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

const request = (spec: unknown, path = tokenPath): Request => post(path, { spec })

const tokenOf = (answer: Answer | undefined): string =>
  String((objectOf(answer)['status'] as { token?: string } | undefined)?.token)

/** A token is known for some seconds after what it hangs on has gone. */
const unauthorized = ({ status }: Answer): boolean => status === 401

/** Asked with the token of an earlier answer, and without the administrator's certificate. */
const withToken =
  (at: number, make: Request): Step =>
  (earlier) => ({
    ...make,
    anonymous: true,
    headers: { ...make.headers, authorization: `Bearer ${tokenOf(earlier[at])}` },
  })

const review =
  (at: number, spec: object = {}): Step =>
  (earlier) =>
    post(reviews, { spec: { token: tokenOf(earlier[at]), ...spec } })

const specs: Readonly<Record<string, unknown>> = {
  nothing: {},
  'no spec': undefined,
  'one audience': { audiences: ['vault'] },
  'two audiences': { audiences: ['vault', 'https://kubernetes.default.svc'] },
  'an empty audience': { audiences: [''] },
  'an hour': { expirationSeconds: 3600 },
  'ten minutes': { expirationSeconds: 600 },
  'less than ten minutes': { expirationSeconds: 599 },
  'no time': { expirationSeconds: 0 },
  'time that has gone': { expirationSeconds: -1 },
  'a day': { expirationSeconds: 86_400 },
  'for ever': { expirationSeconds: 2 ** 32 },
  'longer than for ever': { expirationSeconds: 2 ** 32 + 1 },
  'an hour and a bit': { expirationSeconds: 3607 },
  'text as time': { expirationSeconds: 'long' },
  'unknown fields': { other: 1 },
  'bound to what is not there': {
    boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'no' },
  },
  'bound to a Pod that is not there': {
    boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'no' },
  },
  'bound to a Node that is not there': {
    boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'no' },
  },
  'bound to a kind that cannot': {
    boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'no' },
  },
  'bound to nothing': { boundObjectRef: {} },
  'bound to no version': { boundObjectRef: { kind: 'Secret', name: 'no' } },
  'bound to no name': { boundObjectRef: { kind: 'Secret', apiVersion: 'v1' } },
}

const requestCases = Object.entries(specs).map(([name, spec]): Case => ({
  name: `a token: ${name}`,
  steps: [
    request(spec),
    { ...request(spec), query: { dryRun: 'All' } },
    withToken(0, post(whoami, {})),
    withToken(0, get(`${core}/configmaps`)),
    withToken(0, get('/version')),
    review(0),
    review(0, { audiences: ['vault'] }),
    review(0, { audiences: ['other', 'https://kubernetes.default.svc'] }),
  ],
}))

const secret = { metadata: { name: 's' } }
const pod = {
  metadata: { name: 'p' },
  spec: {
    serviceAccountName: 'default',
    automountServiceAccountToken: false,
    containers: [{ name: 'c', image: 'i' }],
  },
}
const other = {
  metadata: { name: 'q' },
  spec: {
    serviceAccountName: 'other',
    automountServiceAccountToken: false,
    containers: [{ name: 'c', image: 'i' }],
  },
}

const boundCase = (
  kind: string,
  { path, body }: { path: string; body: { metadata: { name: string } } },
): Case => {
  const ref = { kind, apiVersion: 'v1', name: body.metadata.name }
  return {
    name: `a token bound to a ${kind}`,
    steps: [
      post(path, body),
      request({ boundObjectRef: ref }),
      (earlier) => request({ boundObjectRef: { ...ref, uid: objectOf(earlier[0]).metadata.uid } }),
      request({ boundObjectRef: { ...ref, uid: '00000000-0000-4000-8000-000000000000' } }),
      withToken(1, post(whoami, {})),
      review(1),
      { ...remove(`${path}/${ref.name}`), query: { gracePeriodSeconds: 0 } },
      withToken(1, { ...post(whoami, {}), until: unauthorized }),
      review(1),
    ],
  }
}

const cases: readonly Case[] = [
  ...requestCases,
  boundCase('Secret', { path: `${core}/secrets`, body: secret }),
  boundCase('Pod', { path: `${core}/pods`, body: pod }),
  boundCase('Node', { path: '/api/v1/nodes', body: { metadata: { name: '{ns}' } } }),
  {
    name: 'a Pod of another account',
    steps: [
      post(`${core}/serviceaccounts`, { metadata: { name: 'other' } }),
      post(`${core}/pods`, other),
      request({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'q' } }),
    ],
  },
  {
    name: 'accounts that go',
    steps: [
      post(`${core}/serviceaccounts`, { metadata: { name: 'gone' } }),
      request({}, `${core}/serviceaccounts/gone/token`),
      withToken(1, post(whoami, {})),
      remove(`${core}/serviceaccounts/gone`),
      withToken(1, { ...post(whoami, {}), until: unauthorized }),
      review(1),
      post(`${core}/serviceaccounts`, { metadata: { name: 'gone' } }),
      withToken(1, post(whoami, {})),
      review(1),
      request({}, `${core}/serviceaccounts/nobody/token`),
      request({}, '/api/v1/namespaces/{ns}-nowhere/serviceaccounts/default/token'),
    ],
  },
  {
    name: 'requests that are wrong',
    steps: [
      get(tokenPath),
      { method: 'PUT', path: tokenPath, body: { spec: {} } },
      remove(tokenPath),
      post(tokenPath, ''),
      post(tokenPath, []),
      post(tokenPath, {}),
      post(tokenPath, { kind: 'Other', apiVersion: 'v1' }),
      post(tokenPath, { metadata: { name: 'other' }, spec: {} }),
      post(tokenPath, { metadata: { name: 'default', namespace: 'other' }, spec: {} }),
      post(tokenPath, { metadata: { namespace: 'default' }, spec: {} }),
      post(tokenPath, { metadata: { labels: { a: 'b' } }, spec: {}, status: { token: 'x' } }),
      { ...post(tokenPath, { spec: { other: 1 } }), query: { fieldValidation: 'Strict' } },
      { ...post(tokenPath, { spec: { other: 1 } }), query: { fieldValidation: 'Warn' } },
    ],
  },
  {
    name: 'reviews of what is no token',
    steps: [
      post(reviews, {}),
      post(reviews, { spec: {} }),
      post(reviews, { spec: { token: '' } }),
      post(reviews, { spec: { token: 'x' } }),
      post(reviews, { spec: { token: 'a.b.c' } }),
      post(reviews, { spec: { token: 'x', audiences: ['vault'] } }),
      post(reviews, { metadata: { name: 'n' }, spec: { token: 'x' } }),
      post(reviews, { metadata: { namespace: 'default' }, spec: { token: 'x' } }),
      { ...post(reviews, { spec: { token: 'x' } }), query: { dryRun: 'All' } },
      get(reviews),
      { ...post(reviews, { spec: { token: 'x' } }), anonymous: true } as const,
    ],
  },
  {
    name: 'credentials that are none',
    steps: [
      'Bearer x',
      'Bearer ',
      'Bearer',
      'Basic YTpi',
      'bearer x',
      'Bearer a b',
      'x',
      '',
    ].flatMap((authorization) =>
      ['/version', `${core}/configmaps`].map((path): Request => ({
        path,
        anonymous: true,
        headers: { authorization },
      })),
    ),
  },
  {
    name: 'the anonymous',
    steps: [
      '/version',
      '/healthz',
      '/livez',
      '/livez?verbose',
      '/livez/ping',
      '/readyz',
      '/api',
      '/apis',
      '/api/v1',
      '/apis/apps/v1',
      '/openapi/v2',
      '/openapi/v3',
      '/metrics',
      '/',
      '/nowhere',
      '/api/v1/nodes',
      '/api/v1/namespaces/{ns}/configmaps',
      '/api/v1/namespaces/{ns}/configmaps/a',
      '/openid/v1/jwks',
      '/.well-known/openid-configuration',
      '/apis/nowhere.test/v1/things',
    ].map((path): Request => ({ path, anonymous: true })),
  },
  {
    name: 'the anonymous who write',
    steps: [
      { ...post(`${core}/configmaps`, { metadata: { name: 'a' } }), anonymous: true } as const,
      { ...post(whoami, {}), anonymous: true } as const,
      { ...post('/version', {}), anonymous: true } as const,
      { ...remove(`${core}/configmaps`), anonymous: true } as const,
      { path: '/version', method: 'HEAD', anonymous: true },
      { path: '/version', method: 'OPTIONS', anonymous: true },
    ],
  },
]

/** Tokens of ServiceAccounts, and requests with none or a wrong one. */
export const tokensArea: Area = { name: 'tokens', cases: () => cases }
