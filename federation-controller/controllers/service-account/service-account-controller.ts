import type { ApiClient } from '#client/api-client.ts'
import { Informer } from '#client/informer.ts'
import {
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
} from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Logger } from 'pino'
import { Controller } from '../../runtime/controller.ts'
import { enqueueRequestForObject, enqueueRequestsFromMap } from '../../runtime/sources.ts'

export interface ServiceAccountControllerOptions {
  readonly client: ApiClient
  readonly logger: Logger
  /** PEM of what signs the API server's certificate: published in every namespace as ConfigMap kube-root-ca.crt. */
  readonly caCertificate: string
}

interface ConfigMap extends ApiObject {
  data?: Record<string, string>
}

const core = (resource: string): GroupVersionResource => ({ group: '', version: 'v1', resource })
const namespaces = core('namespaces')
const serviceAccounts = core('serviceaccounts')
const configMaps = core('configmaps')
const accountName = 'default'
const configMapName = 'kube-root-ca.crt'

/** Sees to it that every namespace has the ServiceAccount `default` and the ConfigMap `kube-root-ca.crt`. */
export function createServiceAccountController(options: ServiceAccountControllerOptions): {
  readonly name: string
  run(signal: AbortSignal): Promise<void>
} {
  const { client, caCertificate } = options
  const logger = options.logger.child({ controller: 'service-account' })
  const named = (name: string) => ({ client, logger, fieldSelector: `metadata.name=${name}` })
  const spaces = new Informer({ client, logger, gvr: namespaces })
  const accounts = new Informer({ gvr: serviceAccounts, ...named(accountName), metadataOnly: true })
  const maps = new Informer<ConfigMap>({ gvr: configMaps, ...named(configMapName) })
  const byNamespace = ({ metadata: { namespace } }: ApiObject): string[] =>
    namespace === undefined ? [] : [namespace]
  const controller = new Controller({
    name: 'service-account',
    logger: options.logger,
    sources: [
      enqueueRequestForObject(spaces),
      enqueueRequestsFromMap(accounts, byNamespace),
      enqueueRequestsFromMap(maps, byNamespace),
    ],
    reconcile: async (namespace, { signal }) => {
      const space = spaces.get(namespace)
      if (space === undefined || space.metadata.deletionTimestamp !== undefined) return undefined
      const call = { client, namespace, signal }
      if (accounts.get(`${namespace}/${accountName}`) === undefined) await createAccount(call)
      const known = maps.get(`${namespace}/${configMapName}`)
      if (known?.data?.['ca.crt'] !== caCertificate)
        await publishCertificate(call, { known, caCertificate })
      return undefined
    },
  })
  return {
    name: controller.name,
    run: async (signal) => {
      const parts = [spaces, accounts, maps, controller]
      await Promise.all(parts.map((part) => part.run(signal)))
    },
  }
}

interface Call {
  readonly client: ApiClient
  readonly namespace: string
  readonly signal: AbortSignal
}

async function createAccount({ client, namespace, signal }: Call): Promise<void> {
  const metadata = { name: accountName, namespace }
  await client
    .create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }, { signal })
    .catch(ignoreOvertaken)
}

/** Says what the certificate is for, in the words that Kubernetes uses. */
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

async function publishCertificate(
  { client, namespace, signal }: Call,
  { known, caCertificate }: { known: ConfigMap | undefined; caCertificate: string },
): Promise<void> {
  const data = { 'ca.crt': caCertificate }
  const annotations = { 'kubernetes.io/description': description }
  const metadata = { name: configMapName, namespace, annotations }
  const desired: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data }
  if (known === undefined)
    await client.create(configMaps, desired, { signal }).catch(ignoreOvertaken)
  else await client.update(configMaps, { ...known, data }, { signal }).catch(ignoreOvertaken)
}

/** Somebody was faster, or the namespace is going away: both bring a change that leads back here. */
function ignoreOvertaken(err: unknown): void {
  if (!isAlreadyExists(err) && !isNotFound(err) && !isNamespaceTerminating(err)) throw err
}
