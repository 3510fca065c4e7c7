import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabel1035, validateSubdomain } from '../../meta/names.ts'
import { type Check, none, noFrame, type PackageRules, skip, type StructRules } from './check.ts'
import { between, ifThere, named, oneOf, refuse, required } from './checks.ts'
import { asObjects, asText, isSet } from './read.ts'

export const label1035 = named(validateLabel1035)

/** Elements of a list that must have some, none of them empty. */
const filled: Check = (value, path) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  if (given.length === 0) return [requiredError(path)]
  return given.flatMap((item, i) => (isSet(item) ? [] : [requiredError(`${path}[${i}]`)]))
}

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

const someOf =
  (...values: readonly string[]): Check =>
  (value, path) => {
    const given: readonly unknown[] = Array.isArray(value) ? value : []
    if (given.length === 0) return [requiredError(path)]
    return given.flatMap((item, i) =>
      values.includes(asText(item)) ? [] : [notSupported(`${path}[${i}]`, item, values)],
    )
  }

/** `*` is alone in its list. */
const alone: Check = (value, path) =>
  Array.isArray(value) && value.length > 1 && value.includes('*')
    ? [invalid(path, value, "if '*' is present, must not specify other values")]
    : none

export const rule: StructRules = {
  operations: someOf(...operations),
  apiGroups: [required(), alone],
  apiVersions: [filled, alone],
  resources: filled,
  scope: ifThere(oneOf('*', 'Cluster', 'Namespaced')),
}

/** Beside a service it is refused, and not looked at. */
const url: Check = (value, path, { object }) => {
  if (value === undefined || object['service'] !== undefined) return none
  const text = asText(value)
  const form = '; desired format: https://host[/path]'
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text)
  const errors: FieldError[] = []
  if (match?.[1] !== 'https') {
    errors.push(invalid(path, match?.[1] ?? '', `'https' is the only allowed URL scheme${form}`))
  }
  if ((match?.[2] ?? '') === '') {
    errors.push(invalid(path, match?.[2] ?? '', `host must be specified${form}`))
  }
  return errors
}

const servicePath: Check = (value, path) => {
  if (value === undefined) return none
  const text = asText(value)
  if (text === '' || text === '/') return none
  const errors: FieldError[] = []
  if (!text.startsWith('/')) errors.push(invalid(path, text, "must start with a '/'"))
  // The first sign is taken for the slash.
  const steps = text.slice(1).replace(/\/$/, '').split('/')
  steps.forEach((step, i) => {
    if (step === '') errors.push(invalid(path, text, `segment[${i}] may not be empty`))
    else {
      for (const why of validateSubdomain(step)) {
        errors.push(invalid(path, text, `segment[${i}]: ${why}`))
      }
    }
  })
  return errors
}

const oneClient: Check = (_, path, { object }) =>
  (object['url'] === undefined) === (object['service'] === undefined)
    ? [requiredError(path, 'exactly one of url or service is required')]
    : none

const webhookName: Check = (value, path) => {
  const name = asText(value)
  if (name === '') return [requiredError(path)]
  const problems = validateSubdomain(name)
  if (problems.length > 0) return problems.map((why) => invalid(path, name, why))
  return name.split('.').length < 3
    ? [invalid(path, name, 'should be a domain with at least three segments separated by dots')]
    : none
}

const knownVersions = ['v1', 'v1beta1']

const reviewVersions: Check = (value, path, frame) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  const list = knownVersions.join(', ')
  if (given.length === 0) return [requiredError(path, `must specify one of ${list}`)]
  const errors: FieldError[] = given.flatMap((item, i) => {
    const wrong = [...label1035(item, `${path}[${i}]`, frame)]
    return given.indexOf(item) < i
      ? [...wrong, invalid(`${path}[${i}]`, item, 'duplicate version')]
      : wrong
  })
  return given.some((item) => knownVersions.includes(asText(item)))
    ? errors
    : [...errors, invalid(path, given, `must include at least one of ${list}`)]
}

export const distinctNames: Check = (value, path) => {
  const seen = new Set<string>()
  return asObjects(value).flatMap((item, i) => {
    const name = asText(item['name'])
    const again = name !== '' && seen.has(name)
    seen.add(name)
    return again ? [duplicate(`${path}[${i}].name`, name)] : []
  })
}

export const failurePolicy = ifThere(oneOf('Fail', 'Ignore'))
export const matchPolicy = ifThere(oneOf('Equivalent', 'Exact'))

const webhook: StructRules = {
  name: webhookName,
  rules: [],
  failurePolicy,
  matchPolicy,
  sideEffects: (value, path, frame) =>
    value === undefined
      ? [requiredError(path, 'must specify one of None, NoneOnDryRun')]
      : oneOf('None', 'NoneOnDryRun')(value, path, frame),
  timeoutSeconds: refuse(
    (value) => typeof value === 'number' && (value < 1 || value > 30),
    'the timeout value must be between 1 and 30 seconds',
  ),
  clientConfig: [],
  admissionReviewVersions: reviewVersions,
  namespaceSelector: [],
  objectSelector: [],
  matchConditions: distinctNames,
}

const ifAlone: Check = (_, __, { object }) => (object['url'] === undefined ? none : skip)

/** Webhook configurations, and what policies have alike. */
export const webhookRules: PackageRules = {
  MutatingWebhook: { ...webhook, reinvocationPolicy: ifThere(oneOf('IfNeeded', 'Never')) },
  MutatingWebhookConfiguration: { webhooks: distinctNames },
  RuleWithOperations: rule,
  ServiceReference: {
    // As a Kubernetes server has them, the one for the other.
    namespace: (value, path, frame) => required()(value, path.replace(/namespace$/, 'name'), frame),
    name: (value, path, frame) => required()(value, path.replace(/name$/, 'namespace'), frame),
    path: servicePath,
    port: (value, path) =>
      between(1, 65535)(value, path, noFrame).length === 0
        ? none
        : [invalid(path, value, 'port is not valid: must be between 1 and 65535, inclusive')],
  },
  ValidatingWebhook: webhook,
  ValidatingWebhookConfiguration: { webhooks: distinctNames },
  WebhookClientConfig: { '&one': oneClient, url, service: ifAlone },
}
