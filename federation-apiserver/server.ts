import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { federatedResources } from '#apimachinery/schema/federated-resources.ts'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import { makeDataDir } from '#component-base/data-dir.ts'
import { createAdmission } from './admission/chain.ts'
import { resourceQuota } from './admission/resource-quota.ts'
import { limitRanger } from './admission/limit-ranger.ts'
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts'
import { defaultTolerationSeconds } from './admission/default-toleration-seconds.ts'
import { priority } from './admission/priority.ts'
import { federationAnnotations } from './admission/federation-annotations.ts'
import { federationPlacement } from './admission/federation-placement.ts'
import { runtimeClass } from './admission/runtime-class.ts'
import { serviceAccount } from './admission/service-account.ts'
import { warnings } from './admission/warnings.ts'
import { CustomResourceDefinitions } from './apiextensions/served-api.ts'
import { createApp } from './app.ts'
import { serviceAccountIssuer } from './authentication/service-account.ts'
import { authenticationReviews } from './authentication/token-request.ts'
import { openAuthentication, boundLookup } from './authenticators.ts'
import { type Authorization, openAuthorization } from './authorizers.ts'
import { createNamespaces, systemWrite } from './bootstrap.ts'
import { federationUsers } from './authorization/bootstrap-policy.ts'
import { type Certificates, clientKubeconfig, openCertificates } from './certificates.ts'
import { discoveryEndpoints } from './endpoints/discovery.ts'
import type { Http2App } from './endpoints/express-http2.ts'
import { type HealthCheck, healthEndpoints } from './endpoints/health.ts'
import { installResources } from './endpoints/installer.ts'
import { metricsEndpoint, RequestMetrics, withMetrics } from './endpoints/metrics.ts'
import { openapiEndpoints } from './endpoints/openapi.ts'
import { openidEndpoints, type OpenidOptions } from './endpoints/openid.ts'
import { tableFor } from './endpoints/table.ts'
import { versionEndpoint } from './endpoints/version.ts'
import { Listener } from './listener.ts'
import { ServerMetrics } from './server-metrics.ts'
import { bindPod } from './registry/core/pod-binding.ts'
import { allocatingServiceStrategy } from './registry/core/service.ts'
import { ServiceAllocator } from './registry/core/service-allocator.ts'
import type { ReviewHandlers } from './registry/review.ts'
import type { Store } from './registry/store.ts'
import type { Strategy } from './registry/strategy.ts'
import { createStores, serveResources, serveReviews, storeOf } from './serve-resources.ts'
import type { ApiServer, ApiServerDeps, ApiServerOptions } from './server-options.ts'
import { isStorageError } from './storage/errors.ts'
import { openEncryption } from './storage/encryption.ts'
import type { Backend } from './storage/backend.ts'
import { type BackendOptions, openBackend } from './storage/factory.ts'
import type { Storage } from './storage/interface.ts'
import { openStorage } from './storage/object-storage.ts'

export type { ApiServer, ApiServerOptions } from './server-options.ts'

/** Keys whose values are sealed before they reach the backend. */
const sealedPrefixes = ['/registry/core/secrets/']

async function openChosen(chosen: BackendOptions): Promise<Backend> {
  try {
    return await openBackend(chosen)
  } catch (err) {
    // An etcd is there by a flag only, which the message names.
    if (chosen.type !== 'etcd3' || !isStorageError(err, 'Unavailable')) throw err
    throw new UsageError(err.message, { cause: err })
  }
}

async function openObjects(
  options: ApiServerOptions,
  { deps, metrics }: { deps: ApiServerDeps; metrics: ServerMetrics },
  stack: AsyncDisposableStack,
): Promise<Storage> {
  const { logger } = deps
  const chosen = options.storage.type === 'etcd3' ? { ...options.storage, logger } : options.storage
  const backend = deps.backend ?? stack.use(await openChosen(chosen))
  const keyFile = options.encryptionKeyFile ?? join(options.dataDir, 'encryption.key')
  const encryption = await openEncryption({ keyFile, prefixes: sealedPrefixes })
  const measured = metrics.backend(backend, options.storage)
  return stack.use(await openStorage(measured, { logger, encryption }))
}

const distributed = (options: ApiServerOptions): { distributed?: ReadonlySet<string> } => {
  if (!options.federation) return {}
  const common = Object.values(federatedResources).map((r) => `${r.group}/${r.resource}`)
  return { distributed: new Set(options.distributedResources ?? common) }
}

interface Parts {
  readonly options: ApiServerOptions
  readonly deps: ApiServerDeps
  readonly scheme: Scheme
  readonly storage: Storage
  readonly stores: ReadonlyMap<string, Store>
  readonly reviews: ReviewHandlers
  readonly authorization: Authorization
}

/** Everything that answers requests, except resources: documents about the server. */
const documents = (
  { storage, registries, shutdown }: Documented,
  { custom, key }: { custom: CustomResourceDefinitions; key: OpenidOptions['key'] },
) => [
  versionEndpoint,
  healthEndpoints(healthChecks(storage, shutdown)),
  discoveryEndpoints(() => custom.current().scheme),
  openapiEndpoints(() => custom.current().scheme),
  metricsEndpoint(registries),
  openidEndpoints({ issuer: serviceAccountIssuer, key }),
]

interface Documented {
  readonly storage: Storage
  readonly registries: Parameters<typeof metricsEndpoint>[0]
  readonly shutdown: Shutdown
}

const healthChecks = (storage: Storage, shutdown: Shutdown): HealthCheck[] => [
  {
    name: 'etcd',
    endpoints: ['healthz', 'readyz'],
    check: () => (storage.health().reachable ? undefined : 'the storage does not answer'),
  },
  {
    name: 'informer-sync',
    endpoints: ['readyz'],
    check: () => (storage.health().synced ? undefined : 'the cache does not follow the storage'),
  },
  {
    name: 'shutdown',
    endpoints: ['readyz'],
    check: () => (shutdown.stopping.signal.aborted ? 'process is shutting down' : undefined),
  },
]

async function resources(
  { options, deps, scheme, storage, stores, reviews, authorization }: Parts,
  stack: AsyncDisposableStack,
) {
  const store = (group: string, resource: string) => storeOf(stores, { group, resource })
  const admission = createAdmission([
    namespaceLifecycle(store('', 'namespaces')),
    limitRanger(store('', 'limitranges')),
    serviceAccount(store('', 'serviceaccounts')),
    priority(store('scheduling.k8s.io', 'priorityclasses')),
    defaultTolerationSeconds,
    runtimeClass(store('node.k8s.io', 'runtimeclasses')),
    warnings,
    ...authorization.admission,
    resourceQuota(storeOf(stores, { group: '', resource: 'resourcequotas' }), systemWrite),
    // These refuse nothing, and say nothing of what the others have refused.
    ...(options.federation
      ? [federationAnnotations, federationPlacement(store('federation', 'clusters'))]
      : []),
  ])
  const builtIn = serveResources({
    scheme,
    stores,
    admission,
    table: tableFor,
    ...distributed(options),
  })
  const bound = bindPod(store('', 'pods'))
  const posts = new Map([...reviews, ...authorization.reviews, ['/pods/binding', bound] as const])
  const definitions = storeOf(stores, customResourceDefinitions)
  const { logger } = deps
  const parts = {
    ...{ scheme, builtIn, definitions, storage, admission, logger },
    ...distributed(options),
  }
  const custom = stack.use(await CustomResourceDefinitions.open(parts))
  const endpoints = serveReviews(scheme, posts)
  const handler = installResources(() => ({
    served: custom.current().served,
    reviews: endpoints,
  }))
  return { custom, handler }
}

const customResourceDefinitions = {
  group: 'apiextensions.k8s.io',
  resource: 'customresourcedefinitions',
} as const

/** Clients look for a cluster IP; node ports are each member's own. */
const ownStrategies = ({ federation, serviceClusterIPRange }: ApiServerOptions): Strategy[] => {
  const range = serviceClusterIPRange ?? '10.96.0.0/16'
  return [allocatingServiceStrategy(new ServiceAllocator(range, { nodePorts: !federation }))]
}

async function issueKubeconfigs(
  certificates: Certificates,
  { options, url }: { options: ApiServerOptions; url: string },
): Promise<Pick<ApiServer, 'kubeconfig' | 'programKubeconfigs'>> {
  const issue = (commonName: string, ...organizations: string[]) =>
    clientKubeconfig(certificates, {
      name: options.clusterName,
      server: url,
      user: { commonName, organizations },
    })
  const kubeconfig = await issue('kubernetes-admin', 'system:masters')
  if (!options.federation) return { kubeconfig }
  const controllerManager = await issue(federationUsers.controllerManager)
  const dns = await issue(federationUsers.dns)
  return { kubeconfig, programKubeconfigs: { controllerManager, dns } }
}

const limitsOf = (options: ApiServerOptions) => ({
  readOnly: options.maxRequestsInflight ?? 400,
  mutating: options.maxMutatingRequestsInflight ?? 200,
})

/** Host of URLs in kubeconfigs. */
function advertisedHost({ advertiseAddresses = [], bindAddress }: ApiServerOptions): string {
  const host = advertiseAddresses[0] ?? (bindAddress === '0.0.0.0' ? '127.0.0.1' : bindAddress)
  return host.includes(':') ? `[${host}]` : host
}

/** The two steps of an end: first /readyz says no, then watches end and nothing new is taken. */
interface Shutdown {
  readonly stopping: AbortController
  readonly draining: AbortController
}

/** Serves HTTPS until `stack` is disposed; resolves to the port. */
async function listen(
  app: Http2App,
  parts: {
    readonly options: ApiServerOptions
    readonly certificates: Certificates
    readonly metrics: ServerMetrics
    readonly shutdown: Shutdown
  },
  stack: AsyncDisposableStack,
): Promise<number> {
  const { options, certificates, metrics, shutdown } = parts
  const listening = {
    bindAddress: options.bindAddress,
    port: options.securePort,
    portFlag: options.portFlag ?? 'secure-port',
    tls: { ...certificates.server, clientAuthorities: certificates.clientAuthorities },
    onHandshakeError: () => metrics.handshakeFailed(),
  }
  const listener = stack.use(new Listener(app, listening))
  stack.defer(() => shutdown.draining.abort())
  stack.defer(async () => {
    shutdown.stopping.abort()
    await delay(options.shutdownDelayMs ?? 0)
  })
  return listener.listen(listening)
}

/**
 * Starts an API server; resolves when it answers. Its disposal ends watches, lets requests finish, and closes what was opened in reverse.
 * Throws UsageError for a taken port, an etcd that does not answer or unusable files, StorageError for storage that cannot be opened.
 */
export async function startApiServer(
  options: ApiServerOptions,
  deps: ApiServerDeps,
): Promise<ApiServer> {
  await using stack = new AsyncDisposableStack()
  await makeDataDir(options.dataDir)
  const { federation } = options
  const scheme = new Scheme({ federation })
  const metrics = new ServerMetrics()
  const storage = await openObjects(options, { deps, metrics }, stack)
  const stores = createStores({ scheme, storage, own: ownStrategies(options) })
  await createNamespaces(storeOf(stores, { group: '', resource: 'namespaces' }), { federation })

  const certificates = await openCertificates(options)
  const { authenticate, tokens } = await openAuthentication({
    pki: certificates.pki,
    stores,
    tokenAuthFile: options.tokenAuthFile,
    onCertificate: (seconds) => metrics.certificateExpiry.observe(seconds),
  })
  const reviews = authenticationReviews({
    key: certificates.pki.serviceAccountKey,
    lookup: boundLookup(stores),
    tokens,
  })
  const { logger } = deps
  const authorization = await openAuthorization({ stores, scheme, logger, federation }, stack)
  const parts = { options, deps, scheme, storage, stores, reviews, authorization }
  const { custom, handler } = await resources(parts, stack)
  const requests = new RequestMetrics(metrics.registry, () => custom.current().scheme)
  metrics.objects(storage, () => [...stores.values()].map(({ resource }) => resource.hub))
  const registries = [metrics, ...(deps.metrics ?? [])]
  const { serviceAccountKey: key } = certificates.pki
  const shutdown: Shutdown = { stopping: new AbortController(), draining: new AbortController() }
  const app = createApp({
    logger,
    metrics: withMetrics(requests),
    authenticate: metrics.authentication(authenticate),
    authorizer: metrics.authorization(authorization.authorizer),
    hooks: [authorization.impersonation],
    limits: limitsOf(options),
    draining: shutdown.draining.signal,
    endpoints: [handler, ...documents({ storage, registries, shutdown }, { custom, key })],
  })
  const port = await listen(app, { options, certificates, metrics, shutdown }, stack)
  const url = `https://${advertisedHost(options)}:${port}`
  const kubeconfigs = await issueKubeconfigs(certificates, { options, url })
  const owned = stack.move()
  return {
    url,
    port,
    ...kubeconfigs,
    caCertificate: certificates.pki.caCertificate,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
