import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabel1035, validateQualifiedName, validateSubdomain } from '../../meta/names.ts'
import { type Check, none, noFrame, type PackageRules, type StructRules } from './check.ts'
import {
  between,
  ifThere,
  named,
  oneOf,
  qualifiedName,
  refuse,
  required,
  unique,
} from './checks.ts'
import { asObject, asObjects, asText, isSet, join } from './read.ts'

const label1035 = named(validateLabel1035)

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

const rule: StructRules = {
  operations: someOf(...operations),
  apiGroups: [required(), alone],
  apiVersions: [filled, alone],
  resources: filled,
  scope: ifThere(oneOf('*', 'Cluster', 'Namespaced')),
}

const url: Check = (value, path) => {
  if (value === undefined) return none
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
  const steps = text.replace(/^\//, '').replace(/\/$/, '').split('/')
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
    return given.indexOf(item) < i ? [...wrong, duplicate(`${path}[${i}]`, item)] : wrong
  })
  return given.some((item) => knownVersions.includes(asText(item)))
    ? errors
    : [...errors, invalid(path, given, `must include at least one of ${list}`)]
}

const distinctNames: Check = (value, path) => {
  const seen = new Set<string>()
  return asObjects(value).flatMap((item, i) => {
    const name = asText(item['name'])
    const again = name !== '' && seen.has(name)
    seen.add(name)
    return again ? [duplicate(`${path}[${i}].name`, name)] : []
  })
}

const failurePolicy = ifThere(oneOf('Fail', 'Ignore'))
const matchPolicy = ifThere(oneOf('Equivalent', 'Exact'))

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

const matchConditionName: Check = (value, path, frame) =>
  asText(value) === '' ? [requiredError(path)] : qualifiedName(value, path, frame)

const paramAPIVersion: Check = (value, path, frame) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  return label1035(text.split('/').at(-1), path, frame)
}

const paramKind: Check = (value, path) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  return validateLabel1035(text.toLowerCase()).map((why) =>
    invalid(path, text, `may have mixed case, but should otherwise match: ${why}`),
  )
}

const validations: Check = (_, path, { object }) => {
  if (asObjects(object['validations']).length + asObjects(object['auditAnnotations']).length > 0) {
    return none
  }
  const text = 'validations or auditAnnotations must contain at least one item'
  return ['validations', 'auditAnnotations'].map((f) => requiredError(join(path, f), text))
}

const annotationKeys: Check = (value, path, frame) => {
  const policy = asText(asObject(frame.up?.object['metadata'])['name'])
  const seen = new Set<string>()
  return asObjects(value).flatMap((item, i) => {
    const key = asText(item['key'])
    const at = `${path}[${i}].key`
    const whole = `${policy}/${key}`
    const errors: FieldError[] =
      key === ''
        ? [requiredError(at)]
        : validateQualifiedName(whole).map((why) => invalid(at, whole, why))
    if (key !== '' && seen.has(key)) errors.push(duplicate(at, key))
    seen.add(key)
    return errors
  })
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']

const matchResources: StructRules = {
  namespaceSelector: [],
  objectSelector: [],
  resourceRules: [],
  excludeResourceRules: [],
  matchPolicy,
}

const paramRef: Check = (_, path, { object }) => {
  const { name, selector } = object
  if (isSet(name) && selector !== undefined) {
    const text = 'name and selector are mutually exclusive'
    return ['name', 'selector'].map((field) => ({
      type: 'FieldValueForbidden',
      field: `${path}.${field}`,
      message: `Forbidden: ${text}`,
    }))
  }
  return isSet(name) || selector !== undefined
    ? none
    : [requiredError(path, 'one of name or selector must be specified')]
}

const requiredOneOf =
  (...values: readonly string[]): Check =>
  (value, path, frame) =>
    isSet(value) ? oneOf(...values)(value, path, frame) : [requiredError(path)]

const actions: Check = (value, path) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  const valid = ['Audit', 'Deny', 'Warn']
  if (given.length === 0) return [requiredError(path, 'at least one validation action is required')]
  const errors = given.flatMap((item, i): readonly FieldError[] => {
    if (!valid.includes(asText(item))) return [notSupported(`${path}[${i}]`, item, valid)]
    return given.indexOf(item) < i ? [duplicate(`${path}[${i}]`, item)] : none
  })
  const both = given.includes('Deny') && given.includes('Warn')
  const text =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
  return both ? [...errors, invalid(path, given, text)] : errors
}

const mutationsNeeded: Check = (value, path) =>
  asObjects(value).length === 0
    ? [requiredError(path, 'mutations must contain at least one item')]
    : none

/** Webhook configurations and admission policies. Expressions are not compiled. */
export const policyRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.api.admissionregistration.v1': {
    AuditAnnotation: { key: [], valueExpression: required() },
    MatchCondition: { name: matchConditionName, expression: required() },
    MatchResources: matchResources,
    MutatingAdmissionPolicyBindingSpec: { policyName: [required(), named(validateSubdomain)] },
    MutatingAdmissionPolicySpec: {
      failurePolicy,
      paramKind: [],
      matchConstraints: constraints(),
      mutations: mutationsNeeded,
      matchConditions: distinctNames,
      reinvocationPolicy: requiredOneOf('IfNeeded', 'Never'),
    },
    MutatingWebhook: { ...webhook, reinvocationPolicy: ifThere(oneOf('IfNeeded', 'Never')) },
    MutatingWebhookConfiguration: { webhooks: distinctNames },
    NamedRuleWithOperations: { ...rule, resourceNames: unique },
    ParamKind: { apiVersion: paramAPIVersion, kind: paramKind },
    ParamRef: { '&one': paramRef, parameterNotFoundAction: requiredOneOf('Deny', 'Allow') },
    RuleWithOperations: rule,
    ServiceReference: {
      name: required(),
      namespace: required(),
      path: servicePath,
      port: (value, path) =>
        between(1, 65535)(value, path, noFrame).length === 0
          ? none
          : [invalid(path, value, 'port is not valid: must be between 1 and 65535, inclusive')],
    },
    ValidatingAdmissionPolicyBindingSpec: {
      policyName: [required(), named(validateSubdomain)],
      paramRef: [],
      matchResources: [],
      validationActions: actions,
    },
    ValidatingAdmissionPolicySpec: {
      failurePolicy,
      paramKind: [],
      matchConstraints: constraints(),
      matchConditions: distinctNames,
      '&some': validations,
      auditAnnotations: annotationKeys,
    },
    ValidatingWebhook: webhook,
    ValidatingWebhookConfiguration: { webhooks: distinctNames },
    Validation: {
      expression: required('expression is not specified'),
      reason: ifThere(oneOf(...reasons)),
    },
    WebhookClientConfig: { '&one': oneClient, url, service: [] },
  },
}

function constraints(): Check {
  return (value, path) => {
    if (value === undefined) return [requiredError(path)]
    return asObjects(asObject(value)['resourceRules']).length === 0
      ? [requiredError(`${path}.resourceRules`)]
      : none
  }
}
