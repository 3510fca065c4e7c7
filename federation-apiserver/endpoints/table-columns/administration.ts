import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  age,
  at,
  type Column,
  count,
  createdAt,
  declaredString,
  field,
  listAt,
  name,
  orElse,
  textAt,
} from './column.ts'

const lengthOf = (title: string, path: string): Column => ({
  name: title,
  type: 'integer',
  cell: (o) => listAt(o, path).length,
})

function paramKind(policy: ApiObject): string {
  const kind = at(policy, 'spec.paramKind')
  if (kind === undefined) return '<unset>'
  return `${textAt(kind, 'apiVersion')}/${textAt(kind, 'kind')}`
}

function paramRef(binding: ApiObject): string {
  const ref = at(binding, 'spec.paramRef')
  if (ref === undefined) return '<unset>'
  const name = orElse(textAt(ref, 'name'), '*')
  const namespace = textAt(ref, 'namespace')
  return namespace === '' ? name : `${namespace}/${name}`
}

const policyColumns = (counted: Column): readonly Column[] => [
  name,
  counted,
  { name: 'ParamKind', cell: paramKind },
  age,
]

const policyBindingColumns: readonly Column[] = [
  name,
  field('PolicyName', 'spec.policyName'),
  { name: 'ParamRef', cell: paramRef },
  age,
]

/** Numbers of a priority level that queues; `<none>` for one that does not. */
const queuing = (title: string, path: string): Column => ({
  name: title,
  cell: (o) => {
    const value = at(o, `spec.limited.${path}`)
    return typeof value === 'number' ? value : '<none>'
  },
})

const conditionOf = (o: ApiObject, type: string): unknown =>
  listAt(o, 'status.conditions').find((c) => textAt(c, 'type') === type)

function componentStatus(o: ApiObject): string {
  const healthy = listAt(o, 'conditions').find((c) => textAt(c, 'type') === 'Healthy')
  const words: Readonly<Record<string, string>> = { True: 'Healthy', False: 'Unhealthy' }
  return words[textAt(healthy, 'status')] ?? 'Unknown'
}

const healthyPart = (title: string, path: string): Column => ({
  name: title,
  cell: (o) =>
    textAt(
      listAt(o, 'conditions').find((c) => textAt(c, 'type') === 'Healthy'),
      path,
    ),
})

function claimState(claim: ApiObject): string {
  const states: string[] = []
  const deleted = claim.metadata.deletionTimestamp !== undefined
  if (deleted) states.push('deleted')
  if (at(claim, 'status.allocation') !== undefined) {
    states.push('allocated')
    if (listAt(claim, 'status.reservedFor').length > 0) states.push('reserved')
  } else if (!deleted) states.push('pending')
  return states.join(',')
}

/** Kinds that administrators of a cluster look at. */
export const administrationColumns: Readonly<Record<string, readonly Column[]>> = {
  '/componentstatuses': [
    name,
    { name: 'Status', cell: componentStatus },
    healthyPart('Message', 'message'),
    healthyPart('Error', 'error'),
  ],
  'storage.k8s.io/csistoragecapacities': [name, createdAt],
  'storage.k8s.io/volumeattributesclasses': [name, field('DriverName', 'driverName'), age],
  'node.k8s.io/runtimeclasses': [name, field('Handler', 'handler'), age],
  'admissionregistration.k8s.io/validatingadmissionpolicies': policyColumns(
    lengthOf('Validations', 'spec.validations'),
  ),
  'admissionregistration.k8s.io/mutatingadmissionpolicies': policyColumns(
    lengthOf('Mutations', 'spec.mutations'),
  ),
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': policyBindingColumns,
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': policyBindingColumns,
  'flowcontrol.apiserver.k8s.io/flowschemas': [
    name,
    field('PriorityLevel', 'spec.priorityLevelConfiguration.name'),
    declaredString(count('MatchingPrecedence', 'spec.matchingPrecedence')),
    field('DistinguisherMethod', 'spec.distinguisherMethod.type', '<none>'),
    age,
    {
      name: 'MissingPL',
      cell: (o) => orElse(textAt(conditionOf(o, 'Dangling'), 'status'), '?'),
    },
  ],
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': [
    name,
    field('Type', 'spec.type'),
    queuing('NominalConcurrencyShares', 'nominalConcurrencyShares'),
    queuing('Queues', 'limitResponse.queuing.queues'),
    queuing('HandSize', 'limitResponse.queuing.handSize'),
    queuing('QueueLengthLimit', 'limitResponse.queuing.queueLengthLimit'),
    age,
  ],
  'resource.k8s.io/resourceclaims': [name, { name: 'State', cell: claimState }, age],
  'resource.k8s.io/resourceslices': [
    name,
    field('Node', 'spec.nodeName'),
    field('Driver', 'spec.driver'),
    field('Pool', 'spec.pool.name'),
    age,
  ],
}
