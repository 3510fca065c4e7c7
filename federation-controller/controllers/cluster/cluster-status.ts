import {
  type Cluster,
  type ClusterCondition,
  deleteLeftoversAnnotation,
} from '#apimachinery/schema/federation.ts'
import type { ObjectEvent } from '../../federation/federation-context.ts'
import type { ProbeResult, Topology } from './probe.ts'

export type ClusterStatus = NonNullable<Cluster['status']>

export interface StatusInput {
  readonly before: ClusterStatus | undefined
  readonly probe: ProbeResult
  /** Undefined: not read now; what is known stays. */
  readonly topology: Topology | undefined
  /** Name of an older Cluster that is the same cluster. */
  readonly duplicateOf?: string | undefined
  /** Names of copies without a source. Undefined: not looked for now; what is known stays. */
  readonly leftovers?: readonly string[] | undefined
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
  const findings = [...found(input), ...leftoverFindings(input)]
  const conditions = findings.map((finding) => dated(finding, before?.conditions, time))
  const version = ('version' in probe ? probe.version : undefined) ?? before?.version
  const clusterID = ('clusterID' in probe ? probe.clusterID : undefined) ?? before?.clusterID
  const zones = topology?.zones ?? before?.zones
  const region = topology === undefined ? before?.region : topology.region
  const after: ClusterStatus = {
    conditions,
    ...(zones === undefined || zones.length === 0 ? {} : { zones }),
    ...(region === undefined ? {} : { region }),
    ...(version === undefined ? {} : { version }),
    ...(clusterID === undefined ? {} : { clusterID }),
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

function found({ probe, duplicateOf }: StatusInput): Finding[] {
  switch (probe.kind) {
    case 'ready':
      if (duplicateOf !== undefined) return [duplicate(duplicateOf, probe.clusterID), reachable]
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

/** The older one is used; both would write the same objects. */
const duplicate = (other: string, clusterID = ''): Finding => ({
  type: 'Ready',
  status: 'False',
  reason: 'DuplicateCluster',
  message: `it is the same cluster as "${other}" (the UID of its namespace kube-system is ${clusterID}): delete one of the two Clusters`,
})

const mostNamed = 10

function leftoverFindings({ leftovers, before }: StatusInput): Finding[] {
  if (leftovers === undefined)
    return (before?.conditions ?? []).filter(({ type }) => type === 'LeftoverCopies')
  if (leftovers.length === 0) return []
  const named = leftovers.slice(0, mostNamed).join(', ')
  const more = leftovers.length - mostNamed
  return [
    {
      type: 'LeftoverCopies',
      status: 'True',
      reason: 'SourcesGone',
      message: `${leftovers.length} objects there were made by this federation, which has nothing of their names any more: ${named}${more > 0 ? ` and ${more} more` : ''}. Delete them there, or annotate the Cluster with ${deleteLeftoversAnnotation}=true to have them deleted`,
    },
  ]
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
  status?.clusterID,
]

const isStale = (before: ClusterStatus | undefined, now: Date): boolean =>
  (before?.conditions ?? []).every(
    ({ lastProbeTime = '' }) => !(now.getTime() - Date.parse(lastProbeTime) < quietMs),
  )
