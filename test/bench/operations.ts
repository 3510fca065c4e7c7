import type { LoadRequest } from './connection.ts'

/** One row of the table: what is asked for, again and again. */
export interface Operation {
  readonly name: string
  readonly inFlight: number
  /** `n` counts the requests of a run, `run` names it. */
  readonly request: (n: number, run: string) => LoadRequest
}

const configMap = (name: string, labels: Record<string, string> = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
    data: { text: 'x'.repeat(900) },
  })

const container = {
  name: 'web',
  image: 'registry.example.test/web:1',
  ports: [{ containerPort: 80 }],
  resources: { requests: { cpu: '100m', memory: '128Mi' } },
}

const deployment = (name: string, annotations: Record<string, string> = {}): string => {
  const labels = { app: name }
  const spec = {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container] } },
  }
  const metadata = { name, labels, annotations }
  return JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec })
}

/** What the deployments of `applied` are for the manager that applies them. */
const applied = (name: string, n: number, run: string): string => {
  const labels = { app: name }
  const metadata = { name, annotations: { 'bench/applied': `${run}-${n}` } }
  const template = { metadata: { labels }, spec: { containers: [container] } }
  const spec = { selector: { matchLabels: labels }, template }
  return JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec })
}

const patch = (n: number, run: string): string =>
  JSON.stringify({
    metadata: { annotations: { 'bench/patched': `${run}-${n}` } },
    spec: { template: { spec: { containers: [{ name: 'web', image: `example.test/web:${n}` }] } } },
  })

const deploymentsOf = (namespace: string): string =>
  `/apis/apps/v1/namespaces/${namespace}/deployments`
const configMapsOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`

/** The one ConfigMap that the watchers see change. */
export const watched = {
  collection: configMapsOf('watched'),
  create: (): LoadRequest => ({
    method: 'POST',
    path: configMapsOf('watched'),
    body: configMap('one'),
  }),
  change: (n: number, run: string): LoadRequest => ({
    method: 'PUT',
    path: `${configMapsOf('watched')}/one`,
    body: configMap('one', { n: `${run}-${n}` }),
  }),
}

const namespaces = ['few', 'others', 'many', 'created', 'watched']
export const configMapCount = 10_000
export const deploymentCount = 1000

/** What is stored before anything is measured: 10,000 ConfigMaps of 1 KB and 1,000 Deployments, half of them in a namespace by themselves. */
export const filling: readonly { count: number; request: (n: number) => LoadRequest }[] = [
  {
    count: namespaces.length,
    request: (n) => ({
      method: 'POST',
      path: '/api/v1/namespaces',
      body: JSON.stringify({ metadata: { name: namespaces[n] } }),
    }),
  },
  {
    count: deploymentCount,
    request: (n) => {
      const namespace = n < deploymentCount / 2 ? 'few' : 'others'
      const name = `d-${n % (deploymentCount / 2)}`
      return { method: 'POST', path: deploymentsOf(namespace), body: deployment(name) }
    },
  },
  {
    count: configMapCount,
    request: (n) => ({ method: 'POST', path: configMapsOf('many'), body: configMap(`c-${n}`) }),
  },
]

/** Everything that was stored, once. */
export const listAll: readonly LoadRequest[] = [
  { method: 'GET', path: '/api/v1/configmaps' },
  { method: 'GET', path: '/apis/apps/v1/deployments' },
]

const gzip = { 'accept-encoding': 'gzip' }
const nth = (n: number): string => `d-${n % 500}`

export const operations: readonly Operation[] = [
  {
    name: 'GET one Deployment',
    inFlight: 64,
    request: (n) => ({ method: 'GET', path: `${deploymentsOf('few')}/${nth(n)}` }),
  },
  {
    name: 'LIST 500 Deployments, identity',
    inFlight: 4,
    request: () => ({ method: 'GET', path: deploymentsOf('few') }),
  },
  {
    name: 'LIST 500 Deployments, gzip',
    inFlight: 4,
    request: () => ({ method: 'GET', path: deploymentsOf('few'), headers: gzip }),
  },
  {
    name: 'LIST 10,000 ConfigMaps, identity',
    inFlight: 2,
    request: () => ({ method: 'GET', path: configMapsOf('many') }),
  },
  {
    name: 'LIST 10,000 ConfigMaps, gzip',
    inFlight: 2,
    request: () => ({ method: 'GET', path: configMapsOf('many'), headers: gzip }),
  },
  {
    name: 'create a 1 KB ConfigMap',
    inFlight: 64,
    request: (n, run) => ({
      method: 'POST',
      path: configMapsOf('created'),
      body: configMap(`${run}-${n}`),
    }),
  },
  {
    name: 'PUT a Deployment',
    inFlight: 64,
    request: (n, run) => ({
      method: 'PUT',
      path: `${deploymentsOf('others')}/${nth(n)}`,
      body: deployment(nth(n), { 'bench/put': `${run}-${n}` }),
    }),
  },
  {
    name: 'strategic patch of a Deployment',
    inFlight: 64,
    request: (n, run) => ({
      method: 'PATCH',
      path: `${deploymentsOf('others')}/${nth(n)}`,
      body: patch(n, run),
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    }),
  },
  {
    name: 'server-side apply of a Deployment',
    inFlight: 64,
    request: (n, run) => ({
      method: 'PATCH',
      path: `${deploymentsOf('others')}/${nth(n)}?fieldManager=bench&force=true`,
      body: applied(nth(n), n, run),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    }),
  },
]
