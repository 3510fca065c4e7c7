import {
  duplicate,
  type FieldError,
  invalid,
  invalidHidden,
  required as requiredError,
} from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import type { Check } from './check.ts'
import { goValue } from './go-value.ts'
import { countIndexes } from './indexes.ts'
import { asObject, asText } from './read.ts'
import { counts, isTrue, numberIn } from './status-checks.ts'

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(asText) : [])

/** Pods that have ended are counted once. */
function uncountedErrors(uncounted: JsonObject, path: string): FieldError[] {
  const seen = new Set<string>()
  return ['succeeded', 'failed'].flatMap((field) =>
    texts(uncounted[field]).flatMap((uid, i): FieldError[] => {
      const at = `${path}.${field}[${i}]`
      if (uid === '') return [invalid(at, uid, 'must not be empty')]
      if (seen.has(uid)) return [duplicate(at, uid)]
      seen.add(uid)
      return []
    }),
  )
}

const counted = counts('active', 'succeeded', 'failed', 'ready', 'terminating')

function indexErrors(status: JsonObject, spec: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = []
  const completed = asText(status['completedIndexes'])
  const failed = status['failedIndexes']
  const parse = (field: string, list: string): void => {
    const { completions } = spec
    if (typeof completions !== 'number') return
    const found = countIndexes(list, completions)
    if (typeof found === 'number') return
    errors.push(invalid(`${path}.${field}`, list, `error parsing ${field}: ${found}`))
  }
  parse('completedIndexes', completed)
  if (failed !== undefined && spec['backoffLimitPerIndex'] !== undefined) {
    parse('failedIndexes', asText(failed))
  }
  if (completed !== '' && spec['completionMode'] !== 'Indexed') {
    const why = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    errors.push(invalid(`${path}.completedIndexes`, completed, why))
  }
  if (failed !== undefined && spec['backoffLimitPerIndex'] === undefined) {
    const why = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
    errors.push(invalid(`${path}.failedIndexes`, failed, why))
  }
  return errors
}

/** What a Job that has ended is, and what one that has not is not. */
function endErrors(status: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = []
  const refuse = (field: string, value: unknown, why: string): void =>
    void errors.push(invalid(`${path}.${field}`, value, why))
  const refuseConditions = (why: string): void =>
    void errors.push(invalidHidden(`${path}.conditions`, why))
  const [isComplete, hasFailed] = [isTrue(status, 'Complete'), isTrue(status, 'Failed')]
  const { startTime, completionTime, uncountedTerminatedPods } = status
  if (numberIn(status, 'ready') > numberIn(status, 'active') && status['ready'] !== undefined) {
    refuse('ready', status['ready'], 'cannot set more ready pods than active')
  }
  if (isComplete && hasFailed) {
    refuseConditions('cannot set Complete=True and Failed=true conditions')
  }
  if (isComplete && isTrue(status, 'FailureTarget')) {
    refuseConditions('cannot set Complete=True and FailureTarget=true conditions')
  }
  if (completionTime !== undefined && !isComplete) {
    const why = 'cannot set completionTime when there is no Complete=True condition'
    refuse('completionTime', completionTime, why)
  }
  if (completionTime === undefined && isComplete) {
    const why = 'completionTime is required for Complete jobs'
    errors.push(requiredError(`${path}.completionTime`, why))
  }
  if (isComplete && !isTrue(status, 'SuccessCriteriaMet')) {
    const why = 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition'
    refuseConditions(why)
  }
  if (!isComplete && !hasFailed) return errors
  if (numberIn(status, 'active') > 0) {
    refuse('active', status['active'], 'active>0 is invalid for finished job')
  }
  if (startTime === undefined) {
    errors.push(requiredError(`${path}.startTime`, 'startTime is required for finished job'))
  }
  const uncounted = asObject(uncountedTerminatedPods)
  if (texts(uncounted['succeeded']).length + texts(uncounted['failed']).length > 0) {
    const shown = goValue('io.k8s.api.batch.v1.UncountedTerminatedPods', uncounted)
    refuse(
      'uncountedTerminatedPods',
      { Succeeded: shown['Succeeded'], Failed: shown['Failed'] },
      'must be empty for finished job',
    )
  }
  if (numberIn(status, 'terminating') > 0) {
    refuse('terminating', status['terminating'], 'terminating>0 is invalid for finished job')
  }
  return errors
}

/** What has happened has happened. */
function changeErrors(
  status: JsonObject,
  before: Readonly<JsonObject>,
  path: string,
): FieldError[] {
  const old = asObject(before['status'])
  const errors: FieldError[] = []
  for (const field of ['succeeded', 'failed']) {
    if (numberIn(status, field) >= numberIn(old, field)) continue
    const why = `cannot decrease the ${field} counter`
    errors.push(invalid(`${path}.${field}`, numberIn(status, field), why))
  }
  for (const type of ['Failed', 'FailureTarget', 'Complete', 'SuccessCriteriaMet']) {
    if (!isTrue(old, type) || isTrue(status, type)) continue
    const name = type === 'SuccessCriteriaMet' ? type : `terminal ${type}`
    errors.push(invalidHidden(`${path}.conditions`, `cannot disable the ${name}=True condition`))
  }
  const isSuspended = asObject(before['spec'])['suspend'] === true
  if (!isSuspended && old['startTime'] !== undefined && old['startTime'] !== status['startTime']) {
    const why = 'field is immutable for unsuspended job once set'
    errors.push(invalid(`${path}.startTime`, status['startTime'] ?? null, why))
  }
  return errors
}

/** What a controller may say of a Job (KEP-3998, KEP-4368); what was wrong before the write is not told. */
export const jobStatus: Check = (value, path, frame) => {
  const status = asObject(value)
  const before = frame.before ?? {}
  const spec = asObject(before['spec'])
  const stateErrors = (of: JsonObject): FieldError[] => [
    ...endErrors(of, path),
    ...indexErrors(of, spec, path),
  ]
  const known = new Set(stateErrors(asObject(before['status'])).map((one) => JSON.stringify(one)))
  return [
    ...counted(value, path, frame),
    ...uncountedErrors(
      asObject(status['uncountedTerminatedPods']),
      `${path}.uncountedTerminatedPods`,
    ),
    ...stateErrors(status).filter((one) => !known.has(JSON.stringify(one))),
    ...changeErrors(status, before, path),
  ]
}
