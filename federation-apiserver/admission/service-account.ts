import { isNotFound, newForbidden } from '#apimachinery/errors/status-error.ts'
import { generateName } from '#apimachinery/meta/names.ts'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import type { Store } from '../registry/store.ts'
import { isPod, listOf, pods, text, unusableName } from './pods.ts'

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumeName = 'kube-api-access-'

/** The token, the certificate authority and the namespace: what clients in a Pod look for. */
const tokenVolume = (name: string): JsonObject => ({
  name,
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [
            { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } },
          ],
        },
      },
    ],
  },
})

/** Mounts the token in every container that has nothing at its place. */
function mountToken(spec: JsonObject): void {
  const volumes = listOf(spec, 'volumes')
  const known = volumes.find((volume) => text(volume, 'name').startsWith(volumeName))
  const name = known === undefined ? generateName(volumeName) : text(known, 'name')
  const bare = ['initContainers', 'containers']
    .flatMap((field) => listOf(spec, field))
    .filter((c) => !listOf(c, 'volumeMounts').some((mount) => mount['mountPath'] === mountPath))
  for (const container of bare) {
    const mounts = listOf(container, 'volumeMounts')
    container['volumeMounts'] = [...mounts, { name, readOnly: true, mountPath }]
  }
  if (bare.length > 0 && known === undefined) spec['volumes'] = [...volumes, tokenVolume(name)]
}

async function accountOf(
  accounts: Store,
  { namespace }: AdmissionAttributes,
  { name, pod }: { name: string; pod: string },
): Promise<JsonObject> {
  const refused = (why: string): Error =>
    newForbidden(pods, pod, `error looking up service account ${namespace}/${name}: ${why}`)
  const problem = unusableName(name)
  if (problem !== undefined) throw refused(problem)
  const found = await accounts.find({ namespace, name }).catch((err: unknown) => {
    throw isNotFound(err) ? refused(`serviceaccount ${JSON.stringify(name)} not found`) : err
  })
  return found.object
}

/** Pods run as a ServiceAccount that exists, `default` when they name none, and take over what it says of them. */
export const serviceAccount = (accounts: Store): AdmissionPlugin => ({
  name: 'ServiceAccount',
  concerns: isPod,
  async admit(attributes) {
    const { object, operation } = attributes
    if (operation !== 'CREATE' || object === undefined) return
    const spec = (object.spec ??= {})
    const name = text(spec, 'serviceAccountName') || text(spec, 'serviceAccount') || 'default'
    spec['serviceAccountName'] = name
    spec['serviceAccount'] = name
    const account = await accountOf(accounts, attributes, { name, pod: object.metadata.name })
    const mounts =
      spec['automountServiceAccountToken'] ?? account['automountServiceAccountToken'] ?? true
    if (mounts === true) mountToken(spec)
    const secrets = listOf(account, 'imagePullSecrets')
    if (secrets.length > 0 && listOf(spec, 'imagePullSecrets').length === 0) {
      spec['imagePullSecrets'] = structuredClone(secrets)
    }
  },
})
