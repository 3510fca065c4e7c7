import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabel1035, validateQualifiedName, validateSubdomain } from '../../meta/names.ts'
import { type Check, none, type PackageRules, skip, type StructRules } from './check.ts'
import { ifThere, named, oneOf, qualifiedName, required, unique } from './checks.ts'
import { expression } from './expressions.ts'
import { asObject, asObjects, asText, isSet, join } from './read.ts'
import {
  distinctNames,
  failurePolicy,
  label1035,
  matchPolicy,
  rule,
  webhookRules,
} from './webhooks.ts'

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
    const errors: FieldError[] = validateQualifiedName(whole).map((why) => invalid(at, whole, why))
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

const compiles = expression(
  'authorizer',
  'namespaceObject',
  'object',
  'oldObject',
  'params',
  'request',
  'variables',
)

const identifier: Check = (value, path) =>
  /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(asText(value))
    ? none
    : [invalid(path, asText(value), 'must be a valid CEL identifier')]

/** What cannot be changed any more. */
const mutable = ['*', 'CONNECT', 'CREATE', 'UPDATE']

const mutableOperations: Check = (_, path, { object }) =>
  asObjects(asObject(object['matchConstraints'])['resourceRules'])
    .flatMap(({ operations }): readonly unknown[] => (Array.isArray(operations) ? operations : []))
    .filter((operation) => !mutable.includes(asText(operation)))
    .map((operation) =>
      notSupported(join(path, 'matchConstraints.resourceRules.operations'), operation, mutable),
    )

const patches: Readonly<Record<string, string>> = {
  ApplyConfiguration: 'applyConfiguration',
  JSONPatch: 'jsonPatch',
}

/** Each type of patch has its field, and no other. */
const patchOfType: Check = (_, path, { object }) => {
  const type = asText(object['patchType'])
  const wanted = patches[type]
  if (type === '') return [requiredError(`${path}.patchType`)]
  if (wanted === undefined) return [notSupported(`${path}.patchType`, type, Object.keys(patches))]
  const when = `when patchType is ${type}`
  const errors: FieldError[] = Object.values(patches)
    .filter((field) => field !== wanted && object[field] !== undefined)
    .map((field) => invalid(`${path}.${field}`, `{${field}}`, `must not be specified ${when}`))
  return object[wanted] === undefined
    ? [...errors, requiredError(`${path}.${wanted}`, `must be specified ${when}`)]
    : errors
}

const only =
  (type: string): Check =>
  (_, __, { object }) =>
    object['patchType'] === type ? none : skip

const mutationsNeeded: Check = (value, path) =>
  asObjects(value).length === 0
    ? [requiredError(path, 'mutations must contain at least one item')]
    : none

/** Admission policies. */
export const policyRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.api.admissionregistration.v1': {
    ...webhookRules,
    ApplyConfiguration: { expression: [required(), compiles] },
    AuditAnnotation: {
      key: [],
      valueExpression: [required('valueExpression is not specified'), compiles],
    },
    JSONPatch: { expression: [required(), compiles] },
    MatchCondition: { expression: [required(), compiles], name: matchConditionName },
    MatchResources: matchResources,
    MutatingAdmissionPolicyBindingSpec: { policyName: [required(), named(validateSubdomain)] },
    MutatingAdmissionPolicySpec: {
      failurePolicy,
      paramKind: [],
      matchConstraints: constraints(),
      '&operations': mutableOperations,
      variables: [],
      mutations: mutationsNeeded,
      matchConditions: distinctNames,
      reinvocationPolicy: requiredOneOf('IfNeeded', 'Never'),
    },
    Mutation: {
      '&patch': patchOfType,
      patchType: [],
      applyConfiguration: only('ApplyConfiguration'),
      jsonPatch: only('JSONPatch'),
    },
    NamedRuleWithOperations: { ...rule, resourceNames: unique },
    ParamKind: { apiVersion: paramAPIVersion, kind: paramKind },
    ParamRef: { '&one': paramRef, parameterNotFoundAction: requiredOneOf('Deny', 'Allow') },
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
    Variable: {
      name: [required('name is not specified'), identifier],
      expression: [required('expression is not specified'), compiles],
    },
    Validation: {
      expression: [required('expression is not specified'), compiles],
      messageExpression: compiles,
      reason: ifThere(oneOf(...reasons)),
    },
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
