import { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { Area, Case, Request } from '../area.ts'

const plain = (name: string, ...steps: Request[]): Case => ({ name, steps, namespace: false })

const aggregated = (version: string): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`

const groupVersionPaths = (): string[] =>
  new Scheme({ federation: false })
    .groupVersions()
    .map(({ group, version }) => (group === '' ? `/api/${version}` : `/apis/${group}/${version}`))

const groups = (): string[] => [
  ...new Set(new Scheme({ federation: false }).groupVersions().map(({ group }) => group)),
]

const documents = (): Case[] => [
  plain('legacy lists', { path: '/api' }, { path: '/apis' }, { path: '/api/' }, { path: '/apis/' }),
  plain(
    'legacy lists by HEAD',
    { method: 'HEAD', path: '/api' },
    { method: 'HEAD', path: '/apis' },
  ),
  ...['v2', 'v2beta1', 'v3', 'v1'].map((version) =>
    plain(
      `aggregated ${version}`,
      ...['/api', '/apis'].flatMap((path) =>
        [aggregated(version), `${aggregated(version)},application/json`].map((accept) => ({
          path,
          headers: { accept },
        })),
      ),
    ),
  ),
  ...groupVersionPaths().map((path) => plain(`resources of ${path}`, { path })),
  ...groups()
    .filter((g) => g !== '')
    .map((group) => plain(`group ${group}`, { path: `/apis/${group}` })),
]

const nothingThere = [
  '/nothing',
  '/api/v2',
  '/api/v1/nothing',
  '/api/v1/nothing/name',
  '/api/v1/namespaces/default/nothing',
  '/api/v1/namespaces/default/nothing/name/status',
  '/api/v1/namespaces/default/configmaps/a/status',
  '/api/v1/namespaces/default/configmaps/a/nothing',
  '/apis/nothing.example.test',
  '/apis/nothing.example.test/v1',
  '/apis/nothing.example.test/v1/things',
  '/apis/apps/v2',
  '/apis/apps/v2/deployments',
  '/apis/apps/v1/nothing',
  '/apis/apps/v1/namespaces/default/deployments/a/b/c',
  '/api/v1/watch',
  '/api/v1/watch/nothing',
]

const health = ['/healthz', '/livez', '/readyz', '/livez/ping', '/readyz/ping', '/healthz/ping']

/** Documents about the server, and paths where there is nothing. */
export const discovery: Area = {
  name: 'discovery',
  cases: () => [
    ...documents(),
    ...nothingThere.map((path) =>
      plain(
        `nothing at ${path}`,
        { path },
        { method: 'POST', path, body: {} },
        { method: 'DELETE', path },
        { path, headers: { accept: 'text/html' } },
      ),
    ),
    ...health.map((path) => plain(`health ${path}`, { path }, { method: 'POST', path })),
    plain('no such check', { path: '/livez/nothing' }, { path: '/healthz/nothing' }),
    plain(
      'wrong methods',
      { method: 'POST', path: '/api', body: {} },
      { method: 'PUT', path: '/apis', body: {} },
      { method: 'DELETE', path: '/version' },
    ),
    plain('version', { path: '/version' }, { path: '/version/' }),
    plain('OpenID', { path: '/openid/v1/jwks' }, { path: '/.well-known/openid-configuration' }),
  ],
}
