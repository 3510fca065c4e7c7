import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  age,
  ageOf,
  at,
  type Column,
  field,
  listAt,
  name,
  numberAt,
  orElse,
  textAt,
  wide,
} from './column.ts'

const isSidecar = (spec: unknown): boolean => textAt(spec, 'restartPolicy') === 'Always'

interface Container {
  readonly spec: unknown
  readonly status: unknown
}

function containers(pod: ApiObject, specs: string, statuses: string): Container[] {
  const byName = new Map(listAt(pod, statuses).map((s) => [textAt(s, 'name'), s]))
  return listAt(pod, specs).map((spec) => ({ spec, status: byName.get(textAt(spec, 'name')) }))
}

const initContainers = (pod: ApiObject): Container[] =>
  containers(pod, 'spec.initContainers', 'status.initContainerStatuses')
const mainContainers = (pod: ApiObject): Container[] =>
  containers(pod, 'spec.containers', 'status.containerStatuses')

const terminatedReason = (state: unknown): string => {
  const reason = textAt(state, 'reason')
  if (reason !== '') return reason
  const signal = numberAt(state, 'signal')
  return signal !== 0 ? `Signal:${signal}` : `ExitCode:${numberAt(state, 'exitCode')}`
}

/** `Init:1/2` and the like while init containers run; undefined when all are done. */
function initReason(pod: ApiObject): string | undefined {
  const all = initContainers(pod)
  for (const [i, { spec, status }] of all.entries()) {
    const terminated = at(status, 'state.terminated')
    if (terminated !== undefined && numberAt(terminated, 'exitCode') === 0) continue
    if (isSidecar(spec) && at(status, 'started') === true) continue
    if (status === undefined && textAt(pod, 'status.phase') !== 'Pending') continue
    if (terminated !== undefined) return `Init:${terminatedReason(terminated)}`
    const waiting = textAt(status, 'state.waiting.reason')
    return waiting !== '' && waiting !== 'PodInitializing'
      ? `Init:${waiting}`
      : `Init:${i}/${all.length}`
  }
  return undefined
}

function mainReason(pod: ApiObject, start: string): string {
  let reason = start
  let hasRunning = false
  for (const { status } of mainContainers(pod).toReversed()) {
    const waiting = textAt(status, 'state.waiting.reason')
    const terminated = at(status, 'state.terminated')
    if (waiting !== '') reason = waiting
    else if (terminated !== undefined) reason = terminatedReason(terminated)
    else if (at(status, 'ready') === true && at(status, 'state.running') !== undefined)
      hasRunning = true
  }
  if (reason !== 'Completed' || !hasRunning) return reason
  const ready = listAt(pod, 'status.conditions').some(
    (c) => textAt(c, 'type') === 'Ready' && textAt(c, 'status') === 'True',
  )
  return ready ? 'Running' : 'NotReady'
}

/** The STATUS column, by the rules of kubectl's printer. */
export function podStatus(pod: ApiObject): string {
  const gated = listAt(pod, 'status.conditions').some(
    (c) => textAt(c, 'type') === 'PodScheduled' && textAt(c, 'reason') === 'SchedulingGated',
  )
  const start = gated
    ? 'SchedulingGated'
    : orElse(textAt(pod, 'status.reason'), textAt(pod, 'status.phase'))
  const reason = initReason(pod) ?? mainReason(pod, start)
  if (pod.metadata.deletionTimestamp === undefined) return reason
  if (textAt(pod, 'status.reason') === 'NodeLost') return 'Unknown'
  const phase = textAt(pod, 'status.phase')
  return phase === 'Failed' || phase === 'Succeeded' ? reason : 'Terminating'
}

const counted = (pod: ApiObject): Container[] => [
  ...initContainers(pod).filter(({ spec }) => isSidecar(spec)),
  ...mainContainers(pod),
]

function readiness(pod: ApiObject): string {
  const all = counted(pod)
  const ready = all.filter(
    ({ status }) => at(status, 'ready') === true && at(status, 'state.running') !== undefined,
  )
  return `${ready.length}/${all.length}`
}

/** `2 (5m ago)`: restarts of all containers, and how long ago the last was. */
function restarts(pod: ApiObject): string {
  const all =
    initReason(pod) === undefined ? counted(pod) : [...initContainers(pod), ...mainContainers(pod)]
  const total = all.reduce((sum, { status }) => sum + numberAt(status, 'restartCount'), 0)
  const last =
    all
      .map(({ status }) => textAt(status, 'lastState.terminated.finishedAt'))
      .sort()
      .at(-1) ?? ''
  return total === 0 || last === '' ? String(total) : `${total} (${ageOf(last)} ago)`
}

function readinessGates(pod: ApiObject): string {
  const gates = listAt(pod, 'spec.readinessGates')
  if (gates.length === 0) return '<none>'
  const met = gates.filter((gate) =>
    listAt(pod, 'status.conditions').some(
      (c) => textAt(c, 'type') === textAt(gate, 'conditionType') && textAt(c, 'status') === 'True',
    ),
  )
  return `${met.length}/${gates.length}`
}

export const podColumns: readonly Column[] = [
  name,
  { name: 'Ready', cell: readiness },
  { name: 'Status', cell: podStatus },
  { name: 'Restarts', cell: restarts },
  age,
  wide({
    name: 'IP',
    cell: (o) =>
      orElse(
        textAt(listAt(o, 'status.podIPs')[0], 'ip'),
        orElse(textAt(o, 'status.podIP'), '<none>'),
      ),
  }),
  wide(field('Node', 'spec.nodeName', '<none>')),
  wide(field('Nominated Node', 'status.nominatedNodeName', '<none>')),
  wide({ name: 'Readiness Gates', cell: readinessGates }),
]
