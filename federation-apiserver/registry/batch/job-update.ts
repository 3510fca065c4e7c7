import { type FieldError, invalid } from '#apimachinery/errors/field-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { goValue } from '#apimachinery/scheme/rules/go-value.ts'
import { asObjects } from '#apimachinery/scheme/rules/read.ts'
import { isEqual } from '../equality.ts'
import { fixedError, labelSelector } from '../fixed-fields.ts'

const batch = 'io.k8s.api.batch.v1.'
const core = 'io.k8s.api.core.v1.'

interface Template {
  readonly metadata?: JsonObject
  readonly spec?: JsonObject
}

interface Spec extends JsonObject {
  completions?: number
  parallelism?: number
  template?: Template
}

/** The number of indexes may change together with how many run at once; other Jobs keep their number. */
function completionErrors(spec: Spec, old: Spec): FieldError[] {
  const { completions, parallelism } = spec
  if (completions === old.completions) return []
  const at = 'spec.completions'
  if (spec['completionMode'] !== 'Indexed') {
    return [invalid(at, completions ?? null, 'field is immutable')]
  }
  const isKnown = completions !== undefined && old.completions !== undefined
  return isKnown && completions !== parallelism
    ? [invalid(at, completions, 'can only be modified in tandem with spec.parallelism')]
    : []
}

const directives = ['nodeSelector', 'tolerations', 'schedulingGates'] as const

/** A pod's spec with everything put back that decides where its pods run, and with what. */
function withDirectives(spec: JsonObject, old: JsonObject): JsonObject {
  const back: JsonObject = { ...spec }
  for (const field of directives) back[field] = old[field]
  const { nodeAffinity } = (old['affinity'] ?? {}) as JsonObject
  const affinity = { ...(spec['affinity'] as JsonObject | undefined), nodeAffinity }
  const isEmpty = Object.values(affinity).every((one) => one === undefined)
  back['affinity'] = isEmpty ? old['affinity'] : affinity
  for (const list of ['containers', 'initContainers']) {
    const containers = asObjects(spec[list])
    const before = asObjects(old[list])
    if (containers.length === 0 || containers.length !== before.length) continue
    back[list] = containers.map((container, i) => {
      const { name, resources } = before[i] ?? {}
      return container['name'] === name ? { ...container, resources } : container
    })
  }
  return back
}

/** A Job that waits for its start may still be told where to run. */
function templateErrors(spec: Spec, old: Spec, waits: boolean): FieldError[] {
  const { template = {} } = spec
  const { template: before = {} } = old
  if (!waits) {
    return isEqual(template, before)
      ? []
      : [
          invalid(
            'spec.template',
            goValue(`${core}PodTemplateSpec`, { ...template }),
            'field is immutable',
          ),
        ]
  }
  const { spec: podSpec = {} } = template
  const { spec: podBefore = {} } = before
  return isEqual(withDirectives(podSpec, podBefore), podBefore)
    ? []
    : [invalid('spec.template.spec', goValue(`${core}PodSpec`, podSpec), 'field is immutable')]
}

const fixedAfterTemplate = [
  { path: 'spec.completionMode' },
  { path: 'spec.podFailurePolicy', as: `${batch}PodFailurePolicy` },
  { path: 'spec.backoffLimitPerIndex' },
  { path: 'spec.managedBy' },
  { path: 'spec.successPolicy', as: `${batch}SuccessPolicy` },
] as const

/** What a Job does never changes. */
export function jobUpdateErrors(object: ApiObject, old: Readonly<ApiObject>): FieldError[] {
  const before = (old.spec ?? {}) as Spec
  const after = (object.spec ?? {}) as Spec
  const waits = before['suspend'] === true && old.status?.['startTime'] === undefined
  return [
    ...completionErrors(after, before),
    ...fixedError({ path: 'spec.selector', as: labelSelector }, object, old),
    ...templateErrors(after, before, waits),
    ...fixedAfterTemplate.flatMap((field) => fixedError(field, object, old)),
  ]
}
