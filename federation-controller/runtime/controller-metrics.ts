import { Registry } from '#component-base/metrics/registry.ts'
import { restClientMetrics } from '#component-base/metrics/rest-client.ts'
import { workQueueMetrics } from '#component-base/metrics/work-queue.ts'

/**
 * What the controllers of this process are counted in. One for the process, so that a controller is counted by being one, under its
 * name, and need not be told where.
 */
export const controllerMetrics = new Registry()

export const queueMetricsOf = workQueueMetrics(controllerMetrics)

/** For `onCall` of clients. */
export const countCall = restClientMetrics(controllerMetrics)

const leader = controllerMetrics.gauge({
  name: 'leader_election_master_status',
  help: 'Whether this process holds the Lease of that name (1) or stands by (0).',
  labels: ['name'],
})

export const setLeading = (lease: string, leading: boolean): void =>
  leader.with(lease).set(leading ? 1 : 0)
