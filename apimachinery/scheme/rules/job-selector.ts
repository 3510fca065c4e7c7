import { type FieldError, invalid, required } from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { type Check, none } from './check.ts'
import { jsonValue } from './go-value.ts'
import { asObject, asText } from './read.ts'
import { isUnusable, labelsOf, mismatchOf, selects, shownLabels } from './selected.ts'

/** By which a Job finds its pods, unless its user selects them. */
export const jobUidLabel = 'batch.kubernetes.io/controller-uid'

type Labels = Readonly<Record<string, string>>

const oldLabels = (name: string, uid: string): Labels => ({
  'controller-uid': uid,
  'job-name': name,
})

/** What every pod of a Job is labelled with, unless its user selects them; the keys without a prefix are of before Kubernetes 1.27. */
export const jobLabels = (name: string, uid: string): Labels => ({
  ...oldLabels(name, uid),
  [jobUidLabel]: uid,
  'batch.kubernetes.io/job-name': name,
})

const isManual = (spec: JsonObject): boolean => spec['manualSelector'] === true

/** It was stored when the federation's Jobs were given neither labels nor a selector; neither can be given later. */
const isOfBefore = (before: Readonly<JsonObject> | undefined): boolean => {
  if (before === undefined) return false
  const spec = asObject(before['spec'])
  return !isManual(spec) && spec['selector'] === undefined
}

/** The keys that an update may ask for: a Job that had no prefixed ones does not need them. */
const expectedLabels = (
  { metadata }: JsonObject,
  before: Readonly<JsonObject> | undefined,
): Labels => {
  const { name, uid } = asObject(metadata)
  const isPrefixed = before === undefined || jobUidLabel in labelsOf(asObject(before['spec']))
  return (isPrefixed ? jobLabels : oldLabels)(asText(name), asText(uid))
}

/** A Job has the labels and the selector that it was given at its creation: its user may not say others. */
export const generated: Check = (_, __, { object, before }) => {
  const spec = asObject(object['spec'])
  const { selector } = spec
  if (isManual(spec) || selector === undefined || isOfBefore(before)) return none
  const expected = expectedLabels(object, before)
  const labels = labelsOf(spec)
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(expected)) {
    const at = `spec.template.metadata.labels[${key}]`
    const why = `must be '${value}'`
    if (labels[key] === undefined) errors.push(required(at, why))
    else if (labels[key] !== value) errors.push(invalid(at, shownLabels(spec), why))
  }
  if (!isUnusable(selector) && !selects(asObject(selector), expected)) {
    const shown = jsonValue(
      'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
      asObject(selector),
    )
    errors.push(invalid('spec.selector', shown, '`selector` not auto-generated'))
  }
  return errors
}

/** A Job has a selector, and its pods are selected by it. Jobs of CronJobs have theirs to come. */
export const selectsItsPods: Check = (_, path, { object, before }) => {
  if (path !== 'spec' || isOfBefore(before)) return none
  const mismatch = mismatchOf(object, path)
  const { selector } = object
  if (selector === undefined) return [required('spec.selector'), mismatch]
  return isUnusable(selector) || selects(asObject(selector), labelsOf(object)) ? none : [mismatch]
}
