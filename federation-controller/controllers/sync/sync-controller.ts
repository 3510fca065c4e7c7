import { settledBefore } from '#client/back-off.ts'
import type { FederationContext } from '../../federation/federation-context.ts'
import { TypeSync } from './type-sync.ts'

/** Distributes the objects of all federated kinds. Resolves when the signal aborts. */
export async function runSync(context: FederationContext, signal: AbortSignal): Promise<void> {
  const syncs: TypeSync[] = context.types.map(
    (type) =>
      new TypeSync({
        context,
        informer: context.informerOf(type),
        onPresent: (cluster, key) => {
          if (type.kind === 'Namespace') for (const sync of syncs) sync.wake(cluster, key)
        },
      }),
  )
  const { members, placements } = context
  // Nothing is decided before it is known what was decided before.
  if (!(await settledBefore(Promise.all([members.synced, placements.synced]), signal))) return
  await Promise.all(syncs.map((sync) => sync.run(signal)))
}
