import { formatGroupVersion } from '#apimachinery/meta/group-version.ts'
import { clusterNameAnnotation, federationGroupVersion } from '#apimachinery/schema/federation.ts'
import { settledBefore } from '#client/back-off.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import { Controller } from '../../runtime/controller.ts'

const secrets = { group: '', version: 'v1', resource: 'secrets' }

/**
 * Makes each Cluster the owner of the Secret that was made for it, so that it goes with it. A Secret that bears no
 * cluster's name is the user's, and may serve several Clusters. Resolves when the signal aborts.
 */
export async function runClusterCredentialsController(
  context: Pick<FederationContext, 'client' | 'members' | 'logger'>,
  signal: AbortSignal,
): Promise<void> {
  const { members, logger } = context
  const controller = new Controller({
    name: 'cluster-credentials',
    logger,
    sources: [],
    reconcile: async (name, reconciling) => {
      await ownSecretOf(context, name, reconciling.signal)
      return undefined
    },
  })
  if (!(await settledBefore(members.synced, signal))) return
  const stop = members.onChange(({ type, name }) => {
    if (type === 'connected') controller.enqueue(name)
  })
  for (const { name } of members.list()) controller.enqueue(name)
  await controller.run(signal)
  stop()
}

async function ownSecretOf(
  { client, members }: Pick<FederationContext, 'client' | 'members'>,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const cluster = members.clusters.get(name)
  const secret = members.secretOf(name)
  if (cluster === undefined || secret?.metadata.annotations?.[clusterNameAnnotation] !== name)
    return
  const { ownerReferences = [], resourceVersion } = secret.metadata
  const { uid = '' } = cluster.metadata
  if (ownerReferences.some((owner) => owner.uid === uid)) return
  const apiVersion = formatGroupVersion(federationGroupVersion)
  const owners = [...ownerReferences, { apiVersion, kind: 'Cluster', name, uid }]
  const body = { metadata: { resourceVersion, ownerReferences: owners } }
  await client.patch(secrets, secret.metadata, { type: 'merge', body }, { signal })
}
