import type { Cluster, ClusterCondition } from '#apimachinery/schema/federation.ts'
import type { ObjectEvent } from '../../federation/federation-context.ts'
import type { ProbeResult, Topology } from './probe.ts'

export type ClusterStatus = NonNullable<Cluster['status']>

export interface StatusInput {
  readonly before: ClusterStatus | undefined
  readonly probe: ProbeResult
  /** Undefined: not read now; what is known stays. */
  readonly topology: Topology | undefined
  readonly now: Date
}

/** Probes that change nothing are written this seldom. */
const quietMs = 60_000

/**
 * The status after a probe; undefined when there is nothing worth writing. Reasons and messages are Federation v1's.
 * A transition is a change of a condition's status against what is stored, so it survives restarts.
 */
export function clusterStatus(input: StatusInput): ClusterStatus | undefined {
  const { before, probe, topology, now } = input
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z')
  const conditions = found(probe).map((condition) => dated(condition, before?.conditions, time))
  const version = ('version' in probe ? probe.version : undefined) ?? before?.version
  const zones = topology?.zones ?? before?.zones
  const region = topology === undefined ? before?.region : topology.region
  const after: ClusterStatus = {
    conditions,
    ...(zones === undefined || zones.length === 0 ? {} : { zones }),
    ...(region === undefined ? {} : { region }),
    ...(version === undefined ? {} : { version }),
  }
  return isSame(before, after) && !isStale(before, now) ? undefined : after
}

/** What to tell the user when readiness changed; undefined when it did not. */
export function readinessEvent(
  before: ClusterStatus | undefined,
  after: ClusterStatus,
): ObjectEvent | undefined {
  const ready = readyOf(after)
  if (ready === undefined || ready.status === readyOf(before)?.status) return undefined
  return {
    type: ready.status === 'True' ? 'Normal' : 'Warning',
    reason: ready.reason ?? 'ClusterReadinessChanged',
    message: ready.message ?? `Ready is ${ready.status}`,
  }
}

const readyOf = (status: ClusterStatus | undefined): ClusterCondition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Ready')

type Finding = Pick<ClusterCondition, 'type' | 'status' | 'reason' | 'message'>

function found(probe: ProbeResult): Finding[] {
  switch (probe.kind) {
    case 'ready':
      return [
        {
          type: 'Ready',
          status: 'True',
          reason: 'ClusterReady',
          message: '/healthz responded with ok',
        },
        reachable,
      ]
    case 'notReady':
      return [
        {
          type: 'Ready',
          status: 'False',
          reason: 'ClusterNotReady',
          message: '/healthz responded without ok',
        },
        reachable,
      ]
    case 'unreachable': {
      const reason = 'ClusterNotReachable'
      const message = `cluster is not reachable: ${probe.message}`
      return [
        { type: 'Ready', status: 'Unknown', reason, message },
        { type: 'Offline', status: 'True', reason, message },
      ]
    }
  }
}

const reachable: Finding = {
  type: 'Offline',
  status: 'False',
  reason: 'ClusterReachable',
  message: 'cluster is reachable',
}

function dated(
  finding: Finding,
  before: readonly ClusterCondition[] | undefined,
  time: string,
): ClusterCondition {
  const last = before?.find(({ type }) => type === finding.type)
  const since = last?.status === finding.status ? last.lastTransitionTime : undefined
  return { ...finding, lastProbeTime: time, lastTransitionTime: since ?? time }
}

function isSame(before: ClusterStatus | undefined, after: ClusterStatus): boolean {
  return JSON.stringify(undated(before)) === JSON.stringify(undated(after))
}

const undated = (status: ClusterStatus | undefined): unknown => [
  status?.conditions?.map(({ type, status: value, reason, message }) => [
    type,
    value,
    reason,
    message,
  ]),
  status?.zones,
  status?.region,
  status?.version,
]

const isStale = (before: ClusterStatus | undefined, now: Date): boolean =>
  (before?.conditions ?? []).every(
    ({ lastProbeTime = '' }) => !(now.getTime() - Date.parse(lastProbeTime) < quietMs),
  )
