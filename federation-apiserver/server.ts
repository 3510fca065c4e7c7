import { join } from 'node:path'
import type { Logger } from 'pino'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import { createAdmission } from './admission/chain.ts'
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts'
import { createApp } from './app.ts'
import { loadOrCreatePki } from './authentication/pki.ts'
import { createNamespaces } from './bootstrap.ts'
import { installResources } from './endpoints/installer.ts'
import { Listener } from './listener.ts'
import { createStores, serveResources, serveReviews, storeOf } from './serve-resources.ts'
import type { Backend } from './storage/backend.ts'
import { type BackendOptions, openBackend } from './storage/factory.ts'
import { openStorage } from './storage/object-storage.ts'

/** What a server is told; every path is absolute or relative to the working directory. */
export interface ApiServerOptions {
  /** Keys, certificates and, for embedded storage, the data. */
  readonly dataDir: string
  /** 0 takes any free port. */
  readonly securePort: number
  readonly bindAddress: string
  readonly storage: BackendOptions
  /** True: the federation's own API; false: a member cluster. */
  readonly federation: boolean
  readonly clusterName: string
  readonly tokenAuthFile?: string
  readonly clientCaFile?: string
  readonly tlsCertFile?: string
  readonly tlsPrivateKeyFile?: string
  /** `group/resource` of the kinds that reach the members; what is created of others is warned about. */
  readonly distributedResources?: readonly string[]
  /** 0 means no limit. */
  readonly maxRequestsInflight: number
  readonly maxMutatingRequestsInflight: number
  /** The flag that the port came from, to name it when it is taken. */
  readonly portFlag?: string
}

export interface ApiServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** A kubeconfig of an administrator, as an object. */
  readonly kubeconfig: object
  /** PEM. */
  readonly caCertificate: string
}

interface Deps {
  readonly logger: Logger
  /** Opened by the caller, and disposed by it; `options.storage` is then not looked at. */
  readonly backend?: Backend
}

const encode = (pem: string): string => Buffer.from(pem).toString('base64')

/** kubeconfig with one cluster, user and context, all called `name`. */
export function adminKubeconfig(
  name: string,
  from: { url: string; ca: string; pair: { cert: string; key: string } },
): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name, cluster: { server: from.url, 'certificate-authority-data': encode(from.ca) } },
    ],
    users: [
      {
        name,
        user: {
          'client-certificate-data': encode(from.pair.cert),
          'client-key-data': encode(from.pair.key),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
}

/** Starts an API server and resolves when it answers. What it opened is closed in reverse by its disposal. */
export async function startApiServer(options: ApiServerOptions, deps: Deps): Promise<ApiServer> {
  await using stack = new AsyncDisposableStack()
  const { logger } = deps
  const facts = { federation: options.federation }
  const backend = deps.backend ?? stack.use(await openBackend(options.storage))
  const storage = stack.use(await openStorage(backend, { logger }))
  const scheme = new Scheme(facts)
  const stores = createStores({ scheme, storage, facts })
  const namespaces = storeOf(stores, { group: '', resource: 'namespaces' })
  await createNamespaces(namespaces, facts)

  const pki = await loadOrCreatePki(join(options.dataDir, 'pki'), { names: [], ips: [] })
  const draining = new AbortController()
  const admission = createAdmission([namespaceLifecycle(namespaces)])
  const served = serveResources({ scheme, stores, facts, admission, table: tableFor })
  const app = createApp({
    logger,
    authenticate: () => Promise.resolve({ name: 'admin', groups: ['system:masters'] }),
    authorizer: { authorize: () => ({ allowed: true, reason: '' }) },
    limits: {
      readOnly: options.maxRequestsInflight,
      mutating: options.maxMutatingRequestsInflight,
    },
    draining: draining.signal,
    endpoints: [installResources({ served, reviews: serveReviews(scheme, new Map()) })],
  })
  const listenerOptions = {
    bindAddress: options.bindAddress,
    port: options.securePort,
    portFlag: options.portFlag ?? 'secure-port',
    tls: {
      cert: pki.server.cert,
      key: pki.server.key,
      clientAuthorities: [pki.caCertificate],
    },
  }
  const listener = stack.use(new Listener(app, listenerOptions))
  stack.defer(() => draining.abort())
  const port = await listener.listen(listenerOptions)
  const url = `https://${options.bindAddress === '0.0.0.0' ? '127.0.0.1' : options.bindAddress}:${port}`
  const pair = await pki.issueClientCertificate({
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    days: 365,
  })
  const kubeconfig = adminKubeconfig(options.clusterName, { url, ca: pki.caCertificate, pair })
  const owned = stack.move()
  return {
    url,
    port,
    kubeconfig,
    caCertificate: pki.caCertificate,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
