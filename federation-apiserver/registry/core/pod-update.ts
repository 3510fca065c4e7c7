import { type FieldError, forbidden, invalid, required } from '#apimachinery/errors/field-error.ts'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { forgetEmptied, valueOrEmptied } from '#apimachinery/scheme/emptied.ts'
import { goValue } from '#apimachinery/scheme/rules/go-value.ts'
import { asObject } from '#apimachinery/scheme/rules/read.ts'
import { isEqual } from '../equality.ts'
import { specDiff } from '../spec-diff.ts'

const objects = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? (value as JsonObject[]) : []

interface Change {
  readonly spec: JsonObject
  readonly old: JsonObject
}

const containerLists = ['containers', 'initContainers'] as const

function imageErrors({ spec }: Change, field: string): FieldError[] {
  return objects(spec[field]).flatMap(({ image = '' }, i) =>
    image === '' ? [required(`spec.${field}[${i}].image`)] : [],
  )
}

const mostSeconds = 2 ** 31 - 1

function deadlineErrors({ spec, old }: Change): FieldError[] {
  const at = 'spec.activeDeadlineSeconds'
  const { activeDeadlineSeconds: now } = spec
  const { activeDeadlineSeconds: before } = old
  if (typeof now !== 'number') {
    const why = 'must not update from a positive integer to nil value'
    return before === undefined ? [] : [invalid(at, null, why)]
  }
  if (now < 0 || now > mostSeconds) {
    return [invalid(at, now, `must be between 0 and ${mostSeconds}, inclusive`)]
  }
  return typeof before === 'number' && before < now
    ? [invalid(at, now, 'must be less than or equal to previous value')]
    : []
}

function tolerationErrors({ spec, old }: Change): FieldError[] {
  const lasting = (toleration: JsonObject) => ({ ...toleration, tolerationSeconds: undefined })
  const now = objects(spec['tolerations']).map(lasting)
  const isKept = objects(old['tolerations']).every((before) =>
    now.some((toleration) => isEqual(toleration, lasting(before))),
  )
  const why = 'existing toleration can not be modified except its tolerationSeconds'
  return isKept ? [] : [forbidden('spec.tolerations', why)]
}

function gateErrors({ spec, old }: Change): FieldError[] {
  const before = new Set(objects(old['schedulingGates']).map(({ name }) => name))
  return objects(spec['schedulingGates']).flatMap(({ name = '' }, i) => {
    const why = `only deletion is allowed, but found new scheduling gate '${name as string}'`
    return before.has(name) ? [] : [forbidden(`spec.schedulingGates[${i}].name`, why)]
  })
}

/** Until its gates are open a Pod may be told more about where it goes. */
function selectorErrors({ spec, old }: Change): FieldError[] {
  const now = (spec['nodeSelector'] ?? {}) as JsonObject
  const before = Object.entries((old['nodeSelector'] ?? {}) as JsonObject)
  const why = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
  return before.every(([key, value]) => now[key] === value)
    ? []
    : [invalid('spec.nodeSelector', valueOrEmptied(spec, 'nodeSelector'), why)]
}

const must = 'requiredDuringSchedulingIgnoredDuringExecution'
const affinityOf = (spec: JsonObject): JsonObject => asObject(spec['affinity'])
const termsOf = (spec: JsonObject): JsonObject[] =>
  objects(asObject(asObject(affinityOf(spec)['nodeAffinity'])[must])['nodeSelectorTerms'])

/** Requirements may be added to a term that has some, after those. */
const hasOnlyMore = (now: JsonObject, before: JsonObject): boolean => {
  const lists = ['matchExpressions', 'matchFields']
  if (lists.every((list) => objects(before[list]).length === 0)) {
    return lists.every((list) => objects(now[list]).length === 0)
  }
  return lists.every((list) => {
    const old = objects(before[list])
    return isEqual(objects(now[list]).slice(0, old.length), old)
  })
}

/** Until its gates are open a Pod may be told more about which nodes it needs, and anything about which it likes. (KEP-3838) */
function affinityErrors({ spec, old }: Change): FieldError[] {
  const now = termsOf(spec)
  const before = termsOf(old)
  const at = `spec.affinity.nodeAffinity.${must}.nodeSelectorTerms`
  const shown = now.map((term) => goValue('io.k8s.api.core.v1.NodeSelectorTerm', term))
  if (before.length > 0 && before.length !== now.length) {
    const why = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'
    return [invalid(at, now.length === 0 ? null : shown, why)]
  }
  return before.flatMap((term, i) =>
    hasOnlyMore(now[i] ?? {}, term)
      ? []
      : [
          invalid(
            `${at}[${i}]`,
            shown[i],
            'only additions are allowed (no mutations or deletions)',
          ),
        ],
  )
}

/** The affinity with the old one to nodes. */
function withOldNodes({ spec, old }: Change): unknown {
  const { nodeAffinity } = affinityOf(old)
  const affinity = { ...affinityOf(spec) }
  if (isEqual(affinity['nodeAffinity'], nodeAffinity)) return spec['affinity']
  const isAlone = affinity['podAffinity'] === undefined && affinity['podAntiAffinity'] === undefined
  if (old['affinity'] === undefined && isAlone) return undefined
  return { ...affinity, nodeAffinity }
}

const isGated = (spec: JsonObject): boolean => objects(spec['schedulingGates']).length > 0

/** The new spec with everything put back that may change while a pod lives. */
function withChangeable({ spec, old }: Change): JsonObject {
  const back: JsonObject = { ...spec }
  for (const field of containerLists) {
    const before = objects(old[field])
    forgetEmptied(back, field)
    if (spec[field] === undefined) continue
    back[field] = objects(spec[field]).map((c, i) => ({ ...c, image: before[i]?.['image'] }))
  }
  const { terminationGracePeriodSeconds: grace } = old
  const wasNegative = typeof grace === 'number' && grace < 0
  for (const [field, isFree] of [
    ['activeDeadlineSeconds', true],
    ['schedulingGates', true],
    ['tolerations', true],
    ['terminationGracePeriodSeconds', wasNegative && spec['terminationGracePeriodSeconds'] === 1],
    ['nodeSelector', isGated(old)],
  ] as const) {
    if (!isFree) continue
    forgetEmptied(back, field)
    if (old[field] === undefined) delete back[field]
    else back[field] = old[field]
  }
  if (isGated(old)) back['affinity'] = withOldNodes({ spec, old })
  return back
}

const mayChange =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** What an update of a Pod's spec changes that stays as long as the Pod lives. */
export function podUpdateErrors(spec: JsonObject, old: JsonObject): FieldError[] {
  const change = { spec, old }
  const errors: FieldError[] = []
  for (const field of containerLists) {
    if (objects(spec[field]).length !== objects(old[field]).length) {
      return [...errors, forbidden(`spec.${field}`, 'pod updates may not add or remove containers')]
    }
    errors.push(...imageErrors(change, field))
  }
  const deadline = deadlineErrors(change)
  if (deadline.length > 0 && spec['activeDeadlineSeconds'] !== undefined) {
    return [...errors, ...deadline]
  }
  errors.push(...deadline, ...tolerationErrors(change), ...gateErrors(change))
  if (isGated(old)) errors.push(...selectorErrors(change), ...affinityErrors(change))
  const left = withChangeable(change)
  if (!isEqual(left, old)) {
    const shown = specDiff('io.k8s.api.core.v1.PodSpec', old, left)
    errors.push(forbidden('spec', `${mayChange}\n${shown}`))
  }
  return errors
}
