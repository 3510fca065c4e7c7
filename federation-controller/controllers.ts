import { runClusterController } from './controllers/cluster/cluster-controller.ts'
import { runClusterCredentialsController } from './controllers/cluster-credentials/cluster-credentials-controller.ts'
import { createGarbageCollector } from './controllers/garbage-collector/garbage-collector.ts'
import { runMemberTokenController } from './controllers/member-token/member-token-controller.ts'
import { createNamespaceController } from './controllers/namespace/namespace-controller.ts'
import { runRevisionController } from './controllers/revision/revision-controller.ts'
import { createResourceQuotaController } from './controllers/resource-quota/resource-quota-controller.ts'
import { createServiceAccountController } from './controllers/service-account/service-account-controller.ts'
import { createServiceDNSController } from './controllers/service-dns/service-dns-controller.ts'
import { runStatus } from './controllers/status/status-controller.ts'
import { runSync } from './controllers/sync/sync-controller.ts'
import { runTombstoneController } from './controllers/tombstone/tombstone-controller.ts'
import type { FederationContext } from './federation/federation-context.ts'

/** What controllers need besides the federation: their own settings. */
export interface ControllerContext extends FederationContext {
  readonly clusterMonitorPeriodMs: number
  /** PEM of what signs the federation API's certificate. */
  readonly caCertificate: string | undefined
}

export interface ControllerEntry {
  /** Its name for `--controllers`. */
  readonly name: string
  /** Resolves when the signal aborts. */
  readonly run: (context: ControllerContext, signal: AbortSignal) => Promise<void>
}

/** THE list. */
export const controllers: readonly ControllerEntry[] = [
  {
    name: 'cluster',
    run: (context, signal) =>
      runClusterController({ context, periodMs: context.clusterMonitorPeriodMs }, signal),
  },
  { name: 'cluster-credentials', run: runClusterCredentialsController },
  { name: 'member-token', run: runMemberTokenController },
  { name: 'sync', run: runSync },
  { name: 'status', run: runStatus },
  { name: 'revision', run: runRevisionController },
  { name: 'tombstone', run: runTombstoneController },
  {
    name: 'service-dns',
    run: (context, signal) => createServiceDNSController(context).run(signal),
  },
  { name: 'namespace', run: (context, signal) => createNamespaceController(context).run(signal) },
  {
    name: 'garbage-collector',
    run: (context, signal) => createGarbageCollector(context).run(signal),
  },
  {
    name: 'resource-quota',
    run: (context, signal) => createResourceQuotaController(context).run(signal),
  },
  { name: 'service-account', run: runServiceAccounts },
]

/** Without a certificate there is nothing to publish, and Pods need no ServiceAccounts in a federation. */
async function runServiceAccounts(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { client, logger, caCertificate } = context
  if (caCertificate === undefined) {
    logger.info({ controller: 'service-account' }, 'no root certificate is given: not running')
    return
  }
  await createServiceAccountController({ client, logger, caCertificate }).run(signal)
}

export const controllerNames: readonly string[] = controllers.map(({ name }) => name)
