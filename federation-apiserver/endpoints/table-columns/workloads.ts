import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  age,
  ageOf,
  at,
  type Column,
  containerColumns,
  count,
  declaredString,
  field,
  formatLabels,
  listAt,
  name,
  numberAt,
  orElse,
  selectorColumn,
  text,
  textAt,
} from './column.ts'

const template = containerColumns('spec.template.spec')

const ratio = (o: ApiObject, have: string, want: string): string =>
  `${numberAt(o, have)}/${numberAt(o, want)}`

function jobStatus(job: ApiObject): string {
  const is = (type: string): boolean =>
    listAt(job, 'status.conditions').some(
      (c) => textAt(c, 'type') === type && textAt(c, 'status') === 'True',
    )
  if (is('Complete')) return 'Complete'
  if (is('Failed')) return 'Failed'
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating'
  if (is('Suspended')) return 'Suspended'
  if (is('FailureTarget')) return 'FailureTarget'
  return is('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running'
}

function jobCompletions(job: ApiObject): string {
  const done = numberAt(job, 'status.succeeded')
  const wanted = at(job, 'spec.completions')
  if (typeof wanted === 'number') return `${done}/${wanted}`
  const parallelism = numberAt(job, 'spec.parallelism')
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`
}

function jobDuration(job: ApiObject): string {
  const [start, end] = [textAt(job, 'status.startTime'), textAt(job, 'status.completionTime')]
  if (start === '') return ''
  if (end === '') return ageOf(start)
  // The time between, told as the age of something that began that long ago.
  return ageOf(new Date(Date.now() - (Date.parse(end) - Date.parse(start))).toISOString())
}

/** Rows of finished Jobs and Pods carry a Completed condition. */
export function finishedCondition(object: ApiObject): object | undefined {
  if (object.kind === 'Job') {
    const done = listAt(object, 'status.conditions').find(
      (c) => ['Complete', 'Failed'].includes(textAt(c, 'type')) && textAt(c, 'status') === 'True',
    )
    if (done === undefined) return undefined
    return completed(textAt(done, 'reason'), textAt(done, 'message'))
  }
  if (object.kind !== 'Pod') return undefined
  const phase = textAt(object, 'status.phase')
  if (phase === 'Succeeded') return completed('Succeeded', 'The pod has completed successfully.')
  return phase === 'Failed' ? completed('Failed', 'The pod failed.') : undefined
}

const completed = (reason: string, message: string): object => ({
  type: 'Completed',
  status: 'True',
  reason,
  message,
})

/** `current/target` of one metric: by utilization, by average or by value, whichever its target names. */
function metricOf(spec: unknown, statuses: readonly unknown[], index: number): string {
  const source = textAt(spec, 'type')
  const path = source.charAt(0).toLowerCase() + source.slice(1)
  const target = at(spec, `${path}.target`)
  const field = ['averageValue', 'averageUtilization', 'value'].find(
    (one) => at(target, one) !== undefined,
  )
  if (field === undefined) return '<unknown>'
  const unit = field === 'averageUtilization' ? '%' : ''
  const current = textAt(statuses[index], `${path}.current.${field}`)
  const shown = current === '' ? '<unknown>' : `${current}${unit}`
  const resource = source === 'Resource' || source === 'ContainerResource'
  const label = resource ? `${textAt(spec, `${path}.name`)}: ` : ''
  const average = field === 'averageValue' && (source === 'Object' || source === 'External')
  return `${label}${shown}/${textAt(target, field)}${unit}${average ? ' (avg)' : ''}`
}

/** `cpu: 12%/80%` for each metric of a HorizontalPodAutoscaler (autoscaling/v2). */
function targets(hpa: ApiObject): string {
  const specs = listAt(hpa, 'spec.metrics')
  const statuses = listAt(hpa, 'status.currentMetrics')
  if (specs.length === 0) {
    const wanted = at(hpa, 'spec.targetCPUUtilizationPercentage')
    if (wanted === undefined) return '<none>'
    const now = at(hpa, 'status.currentCPUUtilizationPercentage')
    return `cpu: ${now === undefined ? '<unknown>' : `${text(now)}%`}/${text(wanted)}%`
  }
  const shown = specs.slice(0, 2).map((spec, i) => metricOf(spec, statuses, i))
  const more = specs.length - shown.length
  return more > 0 ? `${shown.join(', ')} + ${more} more...` : shown.join(', ')
}

export const workloadColumns: Readonly<Record<string, readonly Column[]>> = {
  'apps/deployments': [
    name,
    { name: 'Ready', cell: (o) => ratio(o, 'status.readyReplicas', 'spec.replicas') },
    declaredString(count('Up-to-date', 'status.updatedReplicas')),
    declaredString(count('Available', 'status.availableReplicas')),
    age,
    ...template,
    selectorColumn(),
  ],
  'apps/replicasets': [
    name,
    count('Desired', 'spec.replicas'),
    count('Current', 'status.replicas'),
    count('Ready', 'status.readyReplicas'),
    age,
    ...template,
    selectorColumn(),
  ],
  'apps/daemonsets': [
    name,
    count('Desired', 'status.desiredNumberScheduled'),
    count('Current', 'status.currentNumberScheduled'),
    count('Ready', 'status.numberReady'),
    count('Up-to-date', 'status.updatedNumberScheduled'),
    count('Available', 'status.numberAvailable'),
    { name: 'Node Selector', cell: (o) => formatLabels(at(o, 'spec.template.spec.nodeSelector')) },
    age,
    ...template,
    selectorColumn(),
  ],
  'apps/statefulsets': [
    name,
    { name: 'Ready', cell: (o) => ratio(o, 'status.readyReplicas', 'spec.replicas') },
    age,
    ...template,
  ],
  'apps/controllerrevisions': [
    name,
    {
      name: 'Controller',
      cell: (o) => {
        const owner = o.metadata.ownerReferences?.find((ref) => ref.controller === true)
        if (owner === undefined) return '<none>'
        const group = owner.apiVersion.includes('/')
          ? `.${owner.apiVersion.split('/')[0] ?? ''}`
          : ''
        return `${owner.kind.toLowerCase()}${group}/${owner.name}`
      },
    },
    declaredString(count('Revision', 'revision')),
    age,
  ],
  'batch/jobs': [
    name,
    { name: 'Status', cell: jobStatus },
    { name: 'Completions', cell: jobCompletions },
    { name: 'Duration', cell: jobDuration },
    age,
    ...template,
    selectorColumn(),
  ],
  'batch/cronjobs': [
    name,
    field('Schedule', 'spec.schedule'),
    { name: 'Timezone', cell: (o) => orElse(textAt(o, 'spec.timeZone'), '<none>') },
    {
      name: 'Suspend',
      type: 'boolean',
      cell: (o) => (at(o, 'spec.suspend') === true ? 'True' : 'False'),
    },
    { name: 'Active', type: 'integer', cell: (o) => listAt(o, 'status.active').length },
    {
      name: 'Last Schedule',
      cell: (o) =>
        textAt(o, 'status.lastScheduleTime') === ''
          ? '<none>'
          : ageOf(at(o, 'status.lastScheduleTime')),
    },
    age,
    ...containerColumns('spec.jobTemplate.spec.template.spec'),
    selectorColumn('spec.jobTemplate.spec.selector'),
  ],
  'autoscaling/scales': [
    { ...name, format: '' },
    count('Desired', 'spec.replicas'),
    count('Available', 'status.replicas'),
    age,
  ],
  'autoscaling/horizontalpodautoscalers': [
    name,
    {
      name: 'Reference',
      cell: (o) =>
        `${textAt(o, 'spec.scaleTargetRef.kind')}/${textAt(o, 'spec.scaleTargetRef.name')}`,
    },
    { name: 'Targets', cell: targets },
    { name: 'MinPods', cell: (o) => orElse(textAt(o, 'spec.minReplicas'), '<unset>') },
    declaredString(count('MaxPods', 'spec.maxReplicas')),
    declaredString(count('Replicas', 'status.currentReplicas')),
    age,
  ],
}
