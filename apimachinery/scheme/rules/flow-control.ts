import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabel } from '../../meta/names.ts'
import { type Check, none, type PackageRules, skip } from './check.ts'
import { ifSet, label, refuse, required, subdomain } from './checks.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'

const verbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'proxy',
  'update',
  'watch',
]

/** All verbs of a rule of a FlowSchema are known, or it has the one that stands for all. */
const flowVerbs: Check = (value, path) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  if (given.length === 0) return [requiredError(path, 'verbs must contain at least one value')]
  if (given.includes('*')) {
    return given.length > 1
      ? [invalid(path, given, "if '*' is present, must not specify other verbs")]
      : none
  }
  return given.every((verb) => verbs.includes(asText(verb)))
    ? none
    : [notSupported(path, given, verbs)]
}

const flowNamespaces: Check = (value, path, frame) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  if (given.length === 0) {
    const text = 'resource rules that are not cluster scoped must supply at least one namespace'
    return frame.object['clusterScope'] === true ? none : [requiredError(path, text)]
  }
  return given.flatMap((item, i) => {
    if (item === '*') return []
    const text = "each member of this list must be '*' or a DNS-1123 label; "
    return validateLabel(asText(item)).map((why) => invalid(`${path}[${i}]`, item, text + why))
  })
}

const urls: Check = (value, path) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  if (given.length === 0) {
    return [requiredError(path, 'nonResourceURLs must contain at least one value')]
  }
  return given.flatMap((item, i) => {
    const text = asText(item)
    if (text === '') return [invalid(`${path}[${i}]`, text, 'must not be empty')]
    if (text === '*' || text.startsWith('/')) return []
    return [invalid(`${path}[${i}]`, text, 'must start with slash')]
  })
}

const subjectFields: Readonly<Record<string, string>> = {
  Group: 'group',
  ServiceAccount: 'serviceAccount',
  User: 'user',
}

const flowSubject: Check = (_, path, { object }) => {
  const kind = asText(object['kind'])
  const field = subjectFields[kind]
  if (field === undefined) {
    return [notSupported(`${path}.kind`, kind, Object.keys(subjectFields))]
  }
  const errors: FieldError[] = []
  if (object[field] === undefined) {
    errors.push(
      requiredError(`${path}.${field}`, `${field} is required when subject kind is '${kind}'`),
    )
  }
  for (const [other, name] of Object.entries(subjectFields)) {
    if (other !== kind && object[name] !== undefined) {
      errors.push(
        forbidden(`${path}.${name}`, `${name} is forbidden when subject kind is not '${other}'`),
      )
    }
  }
  return errors
}

/** What a subject of another kind has is not looked into. */
const only =
  (kind: string): Check =>
  (_, __, { object }) =>
    object['kind'] === kind ? none : skip

const precedence: Check = (value, path, frame) => {
  const given = typeof value === 'number' ? value : 0
  if (given <= 0) return [invalid(path, given, 'must be a positive value')]
  if (given > 10000) return [invalid(path, given, 'must not be greater than 10000')]
  const name = asObject(frame.up?.object['metadata'])['name']
  const text = "only the schema named 'exempt' may have matchingPrecedence 1"
  return given === 1 && name !== 'exempt' ? [invalid(path, given, text)] : none
}

const distinguisher: Check = (value, path) => {
  const valid = ['ByNamespace', 'ByUser']
  if (value === undefined || valid.includes(asText(asObject(value)['type']))) return none
  return [notSupported(`${path}.type`, { Type: asText(asObject(value)['type']) }, valid)]
}

const someRules: Check = (_, path, { object }) =>
  asObjects(object['resourceRules']).length + asObjects(object['nonResourceRules']).length === 0
    ? [
        requiredError(
          path,
          'at least one of resourceRules and nonResourceRules has to be non-empty',
        ),
      ]
    : none

const typeErrors = (type: unknown, path: string, valid: readonly string[]): FieldError[] =>
  isSet(type)
    ? [notSupported(`${path}.type`, asText(type), valid)]
    : [requiredError(`${path}.type`)]

const levelType: Check = (_, path, { object }) => {
  const { type, limited, exempt } = object
  if (type === 'Limited') {
    return [
      ...(exempt === undefined
        ? none
        : [forbidden(`${path}.exempt`, 'must be nil if the type is Limited')]),
      ...(limited === undefined
        ? [requiredError(`${path}.limited`, 'must not be empty when type is Limited')]
        : none),
    ]
  }
  if (type === 'Exempt') {
    return limited === undefined
      ? none
      : [forbidden(`${path}.limited`, 'must be nil if the type is not Limited')]
  }
  return typeErrors(type, path, ['Exempt', 'Limited'])
}

const response: Check = (_, path, { object }) => {
  const { type, queuing } = object
  if (type === 'Reject') {
    const text = 'must be nil if limited.limitResponse.type is not Limited'
    return queuing === undefined ? none : [forbidden(`${path}.queuing`, text)]
  }
  if (type !== 'Queue') return typeErrors(type, path, ['Queue', 'Reject'])
  const text = 'must not be empty if limited.limitResponse.type is Limited'
  return queuing === undefined ? [requiredError(`${path}.queuing`, text)] : none
}

const positive = refuse((value) => typeof value === 'number' && value <= 0, 'must be positive')

/** Bits that dealing a hand of a deck takes. */
function entropyBits(deck: number, hand: number): number {
  let product = 1
  for (let i = 0; i < hand; i++) product *= deck - i
  return Math.ceil(Math.log2(product))
}

const handSize: Check = (value, path, { object }) => {
  if (typeof value !== 'number') return none
  const queues = typeof object['queues'] === 'number' ? object['queues'] : 0
  if (value <= 0) return [invalid(path, value, 'must be positive')]
  if (value > queues) return [invalid(path, value, `should not be greater than queues (${queues})`)]
  const text = `required entropy bits of deckSize ${queues} and handSize ${value} should not be greater than 60`
  return entropyBits(queues, value) > 60 ? [invalid(path, value, text)] : none
}

const percent = refuse(
  (value) => typeof value === 'number' && (value < 0 || value > 100),
  'must be between 0 and 100, inclusive',
)
const notNegative = (text: string): Check =>
  refuse((value) => typeof value === 'number' && value < 0, text)

/** Rules of FlowSchemas and PriorityLevelConfigurations. */
export const flowRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.api.flowcontrol.v1': {
    ExemptPriorityLevelConfiguration: {
      nominalConcurrencyShares: notNegative('must be a non-negative integer'),
      lendablePercent: percent,
    },
    FlowSchemaSpec: {
      matchingPrecedence: precedence,
      distinguisherMethod: distinguisher,
      priorityLevelConfiguration: [],
      rules: [],
    },
    FlowDistinguisherMethod: { type: [] },
    LimitResponse: { '&type': response, type: [], queuing: [] },
    LimitedPriorityLevelConfiguration: {
      nominalConcurrencyShares: notNegative('must be a non-negative integer'),
      limitResponse: [],
      lendablePercent: percent,
      borrowingLimitPercent: notNegative('if specified, must be a non-negative integer'),
    },
    NonResourcePolicyRule: { verbs: flowVerbs, nonResourceURLs: urls },
    PolicyRulesWithSubjects: {
      subjects: required('subjects must contain at least one value'),
      '&some': someRules,
    },
    PriorityLevelConfigurationReference: {
      name: [required('must reference a priority level'), subdomain],
    },
    PriorityLevelConfigurationSpec: { '&type': levelType, type: [] },
    QueuingConfiguration: { queues: positive, queueLengthLimit: positive, handSize },
    ResourcePolicyRule: {
      verbs: flowVerbs,
      apiGroups: required('resource rules must supply at least one api group'),
      resources: required('resource rules must supply at least one resource'),
      namespaces: flowNamespaces,
    },
    ServiceAccountSubject: {
      name: [required(), ifSet(subdomain)],
      namespace: [required('must specify namespace for service account'), label],
    },
    Subject: {
      '&kind': flowSubject,
      kind: [],
      user: only('User'),
      group: only('Group'),
      serviceAccount: only('ServiceAccount'),
    },
  },
}
