import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { valueOrEmptied } from '../emptied.ts'
import { type Check, enclosing, final, none, type PackageRules, skip } from './check.ts'
import { atLeast, domainPath, maxBytes, oneOf, qualifiedName, required, ifThere } from './checks.ts'
import { scheduleProblem } from './cron.ts'
import { goValue, jsonValue } from './go-value.ts'
import { countIndexes } from './indexes.ts'
import { generated, selectsItsPods } from './job-selector.ts'
import { asObject, asObjects, asText, join } from './read.ts'

const batch = 'io.k8s.api.batch.v1'
const labelSelector = 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector'

const isIndexed = (spec: JsonObject): boolean => spec['completionMode'] === 'Indexed'

const needsIndexes = 'requires indexed completion mode'

const onlyIndexed: Check = (value, path, { object }) =>
  value !== undefined && (object['completionMode'] ?? 'NonIndexed') === 'NonIndexed'
    ? [invalid(path, value, needsIndexes)]
    : none

const successPolicy = final((value, path, { object }) =>
  value === undefined || isIndexed(object)
    ? none
    : [invalid(path, goValue(`${batch}.SuccessPolicy`, asObject(value)), needsIndexes)],
)

const number = (value: unknown, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise

/** The most that a Job counts by index, and from where on it counts with less at a time. */
const most = 100_000
const mostOfMany = 10_000

/** Between the numbers of a Job with indexes. */
const indexing: Check = (_, path, { object }) => {
  if (!isIndexed(object)) return none
  const { completions, parallelism, maxFailedIndexes, backoffLimitPerIndex } = object
  const errors: FieldError[] = []
  const wrongIf = (isWrong: boolean, field: string, why: string): void => {
    if (isWrong) errors.push(invalid(join(path, field), object[field], why))
  }
  if (completions === undefined) {
    errors.push(requiredError(join(path, 'completions'), 'when completion mode is Indexed'))
  }
  const failed = number(maxFailedIndexes, -Infinity)
  const atOnce = number(parallelism, 0)
  const ofIndexed = `must be less than or equal to ${most} when completion mode is Indexed`
  wrongIf(atOnce > most, 'parallelism', ofIndexed)
  const ofAll = 'must be less than or equal to completions'
  wrongIf(failed > number(completions, Infinity), 'maxFailedIndexes', ofAll)
  wrongIf(failed > most, 'maxFailedIndexes', `must be less than or equal to ${most}`)
  if (number(completions, 0) <= most || backoffLimitPerIndex === undefined) return errors
  if (maxFailedIndexes === undefined) {
    const text = `must be specified when completions is above ${most}`
    errors.push(requiredError(join(path, 'maxFailedIndexes'), text))
  }
  const ofMany = `must be less than or equal to ${mostOfMany} when completions are above ${most} and used with backoff limit per index`
  wrongIf(atOnce > mostOfMany, 'parallelism', ofMany)
  wrongIf(failed > mostOfMany, 'maxFailedIndexes', ofMany)
  return errors
}

const managedBy: Check = (value, path, frame) =>
  value === '' ? [requiredError(path)] : ifThere(domainPath, maxBytes(63))(value, path, frame)

/** Failures are counted by index when each index may fail. */
const limitPerIndex: Check = (_, path, { object }) =>
  object['maxFailedIndexes'] !== undefined && object['backoffLimitPerIndex'] === undefined
    ? [requiredError(join(path, 'backoffLimitPerIndex'), 'when maxFailedIndexes is specified')]
    : none

/** A Job ends: its pods do not run again and again. */
const ends: Check = (_, path, { object }) => {
  const policy = asObject(asObject(object['template'])['spec'])['restartPolicy']
  const at = join(path, 'template.spec.restartPolicy')
  // "Always" is what an absent policy has become.
  if (policy === 'Always' || policy === undefined || policy === '') {
    return [requiredError(at, 'valid values: "OnFailure", "Never"')]
  }
  if (policy !== 'OnFailure' && policy !== 'Never') {
    return [notSupported(at, policy, ['OnFailure', 'Never'])]
  }
  const failures = object['podFailurePolicy'] !== undefined && policy !== 'Never'
  const text = 'only "Never" is supported when podFailurePolicy is specified'
  return failures ? [invalid(at, policy, text)] : none
}

const ofTemplate: Check = (_, path, { object }) => {
  const errors: FieldError[] = []
  const { selector, manualSelector } = object
  if (manualSelector === true) {
    errors.push(notSupported(join(path, 'manualSelector'), true, ['nil', 'false']))
  }
  if (selector !== undefined) {
    const shown = jsonValue(labelSelector, asObject(selector))
    errors.unshift(invalid(join(path, 'selector'), shown, '`selector` will be auto-generated'))
  }
  return errors
}

const exitCodes: Check = (_, path, { object }) => {
  const at = `${path}.values`
  const values = Array.isArray(object['values']) ? (object['values'] as number[]) : []
  if (values.length === 0) {
    return [invalid(at, valueOrEmptied(object, 'values'), 'at least one value is required')]
  }
  const errors: FieldError[] = []
  values.forEach((value, i) => {
    if (value === 0 && object['operator'] === 'In') {
      errors.push(invalid(`${at}[${i}]`, value, 'must not be 0 for the In operator'))
    }
    if (values.indexOf(value) < i) errors.push(duplicate(`${at}[${i}]`, value))
  })
  const ordered = values.every((value, i) => i === 0 || (values[i - 1] ?? value) <= value)
  return ordered ? errors : [...errors, invalid(at, values, 'must be ordered')]
}

const knownContainer: Check = (value, path, frame) => {
  if (value === undefined) return none
  const template = asObject(enclosing(frame, `${batch}.JobSpec`)?.object['template'])
  const spec = asObject(template['spec'])
  const names = ['containers', 'initContainers'].flatMap((f) => asObjects(spec[f]))
  const text = 'must be one of the container or initContainer names in the pod template'
  return names.some(({ name }) => name === value) ? none : [invalid(path, value, text)]
}

const valid = (values: readonly string[]): string =>
  `valid values: [${values.map((v) => JSON.stringify(v)).join(' ')}]`

const requiredOneOf =
  (...values: readonly string[]): Check =>
  (value, path, frame) =>
    asText(value) === ''
      ? [requiredError(path, valid(values))]
      : oneOf(...values)(value, path, frame)

const failIndex: Check = (value, path, frame) =>
  value === 'FailIndex' &&
  enclosing(frame, `${batch}.JobSpec`)?.object['backoffLimitPerIndex'] === undefined
    ? [invalid(path, value, 'requires the backoffLimitPerIndex to be set')]
    : none

/** A value is said without being shown. */
const wrong = (field: string, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${detail}`,
})

const onePattern: Check = (_, path, { object }) => {
  const codes = object['onExitCodes'] !== undefined
  const conditions = asObjects(object['onPodConditions']).length > 0
  if (codes && conditions) {
    return [wrong(path, 'specifying both OnExitCodes and OnPodConditions is not supported')]
  }
  return codes || conditions
    ? none
    : [wrong(path, 'specifying one of OnExitCodes and OnPodConditions is required')]
}

const schedule: Check = (value, path) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  const problem = scheduleProblem(text)
  if (/\bTZ=|\bCRON_TZ=/.test(text)) {
    const why = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
    return [invalid(path, text, why)]
  }
  return problem === undefined ? none : [invalid(path, text, problem)]
}

const zones = new Set(Intl.supportedValuesOf('timeZone'))

function isKnownZone(zone: string): boolean {
  if (zones.has(zone) || zone === 'UTC') return true
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

const timeZone: Check = (value, path) => {
  if (value === undefined) return none
  const zone = asText(value)
  if (zone === '') return [invalid(path, zone, 'timeZone must be nil or non-empty string')]
  if (zone.toLowerCase() === 'local') {
    return [
      invalid(
        path,
        zone,
        'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ),
    ]
  }
  return isKnownZone(zone) ? none : [invalid(path, zone, `unknown time zone ${zone}`)]
}

/** Which indexes must succeed, or how many of them. */
const successRule: Check = (_, path, frame) => {
  const { succeededCount: count, succeededIndexes: indexes } = frame.object
  const completions = Number(enclosing(frame, `${batch}.JobSpec`)?.object['completions'])
  if (count === undefined && indexes === undefined) {
    const why = 'at least one of succeededCount or succeededIndexes must be specified'
    return [requiredError(path, why)]
  }
  const listed = countIndexes(asText(indexes), completions)
  const errors: FieldError[] = []
  if (typeof listed === 'string') {
    const why = `error parsing succeededIndexes: ${listed}`
    errors.push(invalid(`${path}.succeededIndexes`, indexes, why))
  }
  if (typeof count !== 'number') return errors
  const at = `${path}.succeededCount`
  errors.push(...atLeast(0)(count, at, frame))
  const most = (limit: number, what: string): void => {
    const why = `must be less than or equal to ${limit} (the number of ${what})`
    if (count > limit) errors.push(invalid(at, count, why))
  }
  most(completions, 'specified completions')
  if (indexes !== undefined) {
    const what = 'indexes in the specified succeededIndexes field'
    most(typeof listed === 'number' ? listed : 0, what)
  }
  return errors
}

/** Rules of Jobs and CronJobs. */
export const jobRules: Readonly<Record<string, PackageRules>> = {
  [batch]: {
    CronJobSpec: {
      schedule,
      timeZone,
      startingDeadlineSeconds: atLeast(0),
      concurrencyPolicy: [],
      jobTemplate: [],
      successfulJobsHistoryLimit: atLeast(0),
      failedJobsHistoryLimit: atLeast(0),
    },
    Job: { '&generated': generated },
    JobSpec: {
      parallelism: atLeast(0),
      completions: atLeast(0),
      activeDeadlineSeconds: atLeast(0),
      backoffLimit: atLeast(0),
      ttlSecondsAfterFinished: atLeast(0),
      backoffLimitPerIndex: atLeast(0),
      maxFailedIndexes: atLeast(0),
      '&limitPerIndex': limitPerIndex,
      managedBy,
      completionMode: ifThere(oneOf('NonIndexed', 'Indexed')),
      '&indexing': indexing,
      '&onlyIndexed': (_, path, frame) =>
        ['backoffLimitPerIndex', 'maxFailedIndexes'].flatMap((field) =>
          onlyIndexed(frame.object[field], join(path, field), frame),
        ),
      podFailurePolicy: [],
      successPolicy,
      podReplacementPolicy: (value, path, frame) =>
        frame.object['podFailurePolicy'] === undefined
          ? ifThere(oneOf('Failed', 'TerminatingOrFailed'))(value, path, frame)
          : ifThere(oneOf('Failed'))(value, path, frame),
      template: [],
      '&ends': ends,
      selector: (_, path) => (path === 'spec.selector' ? none : skip),
      '&selected': selectsItsPods,
    },
    JobTemplateSpec: {
      spec: [],
      '&template': (value, path, frame) =>
        ofTemplate(value, join(path, 'spec'), { ...frame, object: asObject(frame.object['spec']) }),
    },
    PodFailurePolicyOnExitCodesRequirement: {
      operator: requiredOneOf('In', 'NotIn'),
      containerName: knownContainer,
      '&values': exitCodes,
    },
    PodFailurePolicyOnPodConditionsPattern: {
      type: qualifiedName,
      status: oneOf('False', 'True', 'Unknown'),
    },
    PodFailurePolicyRule: {
      action: [requiredOneOf('Count', 'FailIndex', 'FailJob', 'Ignore'), failIndex],
      onExitCodes: [],
      onPodConditions: [],
      '&one': onePattern,
    },
    SuccessPolicy: {
      rules: required('at least one rules must be specified when the successPolicy is specified'),
    },
    SuccessPolicyRule: { '&one': successRule },
  },
}
