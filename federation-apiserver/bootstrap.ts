import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isAlreadyExists } from '#apimachinery/errors/status-error.ts'
import type { Store } from './registry/store.ts'
import type { WriteOptions } from './registry/store-context.ts'

const federationNamespaces = ['default', 'kube-system', 'kube-public', 'federation-system']
const memberNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/** The server's own user, for writes that nobody asked for. */
export const systemUser = { name: 'system:apiserver', groups: ['system:masters'] } as const

/** Options of the server's own writes: no admission stands between. */
export const systemWrite = (namespace: string): WriteOptions => ({
  namespace,
  user: systemUser,
  dryRun: false,
  request: new AbortController(),
  gate: {
    admit: () => Promise.resolve(),
    validate: () => Promise.resolve(),
    release: () => Promise.resolve(),
  },
})

async function ensureNamespace(namespaces: Store, name: string): Promise<void> {
  const object: ApiObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} }
  try {
    await namespaces.create(object, systemWrite(''))
  } catch (err) {
    if (!isAlreadyExists(err)) throw err
  }
}

/** Creates the namespaces that every server has; harmless when they are there. */
export async function createNamespaces(
  namespaces: Store,
  { federation }: { readonly federation: boolean },
): Promise<void> {
  for (const name of federation ? federationNamespaces : memberNamespaces) {
    await ensureNamespace(namespaces, name)
  }
}
