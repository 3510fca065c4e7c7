import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { federationSystemNamespace } from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { settledBefore } from '#client/back-off.ts'
import { EventRecorder } from '#client/event-recorder.ts'
import { LeaderElector } from '#client/leader-elector.ts'
import type { Logger } from 'pino'
import { type ControllerContext, controllers } from './controllers.ts'
import { enabledControllers } from './enabled-controllers.ts'
import { FederatedInformer } from './federation/federated-informer.ts'
import { federationUIDOf } from './federation/federation-uid.ts'
import { federatedTypes } from './federated-types/index.ts'
import { MemberClusters } from './federation/member-clusters.ts'
import { PlacementStore } from './federation/placement-store.ts'
import type { ManagerOptions } from './options.ts'
import { setLeading } from './runtime/controller-metrics.ts'

export interface ManagerDeps {
  /** The federation's own API, as a user that may do everything there. */
  readonly client: ApiClient
  readonly logger: Logger
  /** PEM of what signs the federation API's certificate; published in every namespace when given. */
  readonly caCertificate?: string
  /** Is told once: the controllers work, or stand by for another leader. */
  readonly onReady?: () => void
}

/** Runs the controllers of a federation until the signal aborts; rejects when leadership is lost. */
export async function runManager(
  options: ManagerOptions,
  deps: ManagerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { client, logger, onReady } = deps
  const federationUID = await federationUIDOf(client, { logger, signal })
  if (federationUID === undefined) return
  const lead = (leading: AbortSignal): Promise<void> =>
    runControllers(options, { ...deps, federationUID }, leading)
  const name = 'federation-controller-manager'
  if (!options.leaderElect) {
    await lead(signal)
    return
  }
  onReady?.()
  const elector = new LeaderElector({
    client,
    namespace: federationSystemNamespace,
    name,
    identity: `${hostname()}_${randomUUID()}`,
    leaseDurationMs: options.leaderElectLeaseDuration,
    renewDeadlineMs: options.leaderElectRenewDeadline,
    retryPeriodMs: options.leaderElectRetryPeriod,
    logger,
  })
  setLeading(name, false)
  try {
    await elector.run(signal, (leading) => {
      setLeading(name, true)
      return lead(leading)
    })
  } finally {
    setLeading(name, false)
  }
}

async function runControllers(
  options: ManagerOptions,
  deps: ManagerDeps & { federationUID: string },
  signal: AbortSignal,
): Promise<void> {
  const { client, logger, federationUID } = deps
  const members = new MemberClusters({ client, logger })
  const placements = new PlacementStore({ client, logger })
  const events = new EventRecorder({ client, logger, component: 'federation-controller-manager' })
  const informers = new Map(
    federatedTypes.map((type) => [type, new FederatedInformer({ type, client, members, logger })]),
  )
  const context: ControllerContext = {
    client,
    logger,
    federationUID,
    members,
    placements,
    types: federatedTypes,
    informerOf: (type) => {
      const informer = informers.get(type)
      if (informer === undefined) throw new Error(`${type.resource} is no federated type`)
      return informer
    },
    events,
    clusterMonitorPeriodMs: options.clusterMonitorPeriod,
    caCertificate: deps.caCertificate,
  }
  const names = enabledControllers(options.controllers)
  logger.info({ controllers: names, federationUID }, 'controllers starting')
  const synced = Promise.all([members.synced, placements.synced])
  void settledBefore(synced, signal).then((isSynced) => {
    if (isSynced) deps.onReady?.()
  })
  await Promise.all([
    members.run(signal),
    placements.run(signal),
    events.run(signal),
    ...[...informers.values()].map((informer) => informer.run(signal)),
    ...controllers
      .filter(({ name }) => names.includes(name))
      .map(({ run }) => run(context, signal)),
  ])
}
