import { isIP } from 'node:net'
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
} from '../../errors/field-error.ts'
import { parseQuantity } from '../../meta/quantity.ts'
import { validateQualifiedName, validateSubdomain } from '../../meta/names.ts'
import { ip } from './addresses.ts'
import { type Check, none } from './check.ts'
import { all, between, each, ifSet, maxBytes, oneOf, required } from './checks.ts'
import { claimStatus } from './claim-status.ts'
import { goValue } from './go-value.ts'
import { jobStatus } from './job-status.ts'
import { podStatus } from './pod-status.ts'
import { hard } from './quotas.ts'
import { asObject, asObjects, asText, duplicatesOf } from './read.ts'
import { amountErrors } from './resources.ts'
import { conditions, counts, distinctTypes, fields, keepsTypes, numberIn } from './status-checks.ts'

/*
 * Statuses are judged only where they are written, by the status subresource, and only by what is said here: the schema's own words
 * (required, enum) do not count, as a Kubernetes server does not ask for them either.
 */

/** None of some numbers is greater than another. */
const atMost =
  (limit: string, detail: string, ...names: readonly string[]): Check =>
  (value, path) =>
    names.flatMap((name) =>
      numberIn(value, name) > numberIn(value, limit)
        ? [invalid(`${path}.${name}`, numberIn(value, name), detail)]
        : [],
    )

const ofAll = (...names: readonly string[]): Check =>
  atMost('replicas', 'cannot be greater than status.replicas', ...names)

const availableOfReady = atMost(
  'readyReplicas',
  'cannot be greater than readyReplicas',
  'availableReplicas',
)

/** Counts collisions of names for ever. */
const neverLess =
  (name: string): Check =>
  (value, path, { before }): readonly FieldError[] => {
    const old = asObject(before?.['status'])[name]
    return typeof old === 'number' && numberIn(value, name) < old
      ? [invalid(`${path}.${name}`, numberIn(value, name), 'cannot be decremented')]
      : none
  }

const replicated = all(
  counts(
    'replicas',
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
    'observedGeneration',
    'terminatingReplicas',
  ),
  ofAll('fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'),
  availableOfReady,
)

const deployment = all(
  counts(
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'terminatingReplicas',
    'collisionCount',
  ),
  ofAll('updatedReplicas', 'readyReplicas', 'availableReplicas'),
  availableOfReady,
  neverLess('collisionCount'),
)

const statefulSet = all(
  counts(
    'replicas',
    'readyReplicas',
    'currentReplicas',
    'updatedReplicas',
    'availableReplicas',
    'observedGeneration',
    'collisionCount',
  ),
  ofAll('readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'),
  atMost('readyReplicas', 'cannot be greater than status.readyReplicas', 'availableReplicas'),
  neverLess('collisionCount'),
)

const daemonSet = all(
  counts(
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ),
  neverLess('collisionCount'),
)

const autoscaler = counts('currentReplicas', 'desiredReplicas')

/** It ends when somebody deletes it. */
const phase: Check = (value, _, { before }) => {
  const isEnding = asObject(before?.['metadata'])['deletionTimestamp'] !== undefined
  const [wanted, when] = isEnding ? ['Terminating', 'is not empty'] : ['Active', 'is empty']
  return value === wanted
    ? none
    : [
        invalid(
          'status.Phase',
          value ?? '',
          `may only be '${wanted}' if \`deletionTimestamp\` ${when}`,
        ),
      ]
}

const hostname: Check = (value, path) => {
  const text = asText(value)
  return [
    ...validateSubdomain(text).map((why) => invalid(path, text, why)),
    ...(isIP(text) === 0 ? [] : [invalid(path, text, 'must be a DNS name, not an IP address')]),
  ]
}

const ipMode: Check = (value, path, frame) => {
  if (value === undefined) return none
  return asText(frame.object['ip']) === ''
    ? [forbidden(path, 'may not be specified when `ip` is not set')]
    : oneOf('Proxy', 'VIP')(value, path, frame)
}

/** Of a Service that asks for a load balancer. */
const balancers: Check = (value, path, frame) => {
  const spec = asObject(frame.before?.['spec'])
  if (spec['type'] !== 'LoadBalancer' && asObjects(asObject(value)['ingress']).length > 0) {
    return [forbidden(`${path}.ingress`, "may only be used when `spec.type` is 'LoadBalancer'")]
  }
  const ingress = fields({ ip: ifSet(ip), ipMode, hostname: ifSet(hostname) })
  return fields({ ingress: each(ingress) })(value, path, frame)
}

const nodeAmounts: Check = (value, path) =>
  Object.entries(asObject(value)).flatMap(([name, amount]) =>
    amountErrors(name, amount, `${path}.${name}`),
  )

const nodeAddresses: Check = (value, path) => {
  const given = asObjects(value)
  return duplicatesOf(given, ({ type, address }) => JSON.stringify([type, address])).map((i) =>
    duplicate(`${path}[${i}]`, goValue('io.k8s.api.core.v1.NodeAddress', given[i] ?? {})),
  )
}

const unsorted = (names: readonly string[], i: number, at: string): FieldError[] =>
  i > 0 && (names[i] ?? '') <= (names[i - 1] ?? '')
    ? [invalid(at, names[i], 'list must be sorted alphabetically')]
    : []

const features: Check = (value, path) => {
  const names: readonly string[] = Array.isArray(value) ? value.map(asText) : []
  return names.flatMap((name, i) => {
    const at = `${path}[${i}]`
    const tooLong = `invalid feature name ${JSON.stringify(name)}: must be no more than 253 characters`
    if (name.length > 253) return [...unsorted(names, i, at), invalid(at, name, tooLong)]
    const why = `invalid feature name ${JSON.stringify(name)}: must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes`
    return [
      ...unsorted(names, i, at),
      ...(/^[A-Z][A-Za-z0-9]*(\/[A-Za-z0-9]+)*$/.test(name) ? [] : [invalid(at, name, why)]),
    ]
  })
}

/** Storage that a claim has. */
const storage: Check = (value, path) =>
  Object.entries(asObject(value)).flatMap(([name, amount]) => {
    const given = parseQuantity(asText(amount))
    if (given === undefined || given.nano >= 0n) return []
    const shown = Number(given.nano / 1_000_000_000n)
    return [invalid(`${path}[${name}]`, shown, 'must be a valid resource quantity')]
  })

const resizing = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
]

/** Messages show the resource that is resized. */
const resizes: Check = (value, path) =>
  Object.entries(asObject(value)).flatMap(([name, state]) => [
    ...validateQualifiedName(name, 'name part').map((why) => invalid(path, name, why)),
    ...(resizing.includes(asText(state)) ? [] : [notSupported(path, name, resizing)]),
  ])

const attachError = fields({ message: maxBytes(1024), errorCode: between(0, 2_147_483_647) })

const namedConditions = all(distinctTypes, each(fields({ type: required() })))

/** Of a request for a certificate: what was decided stays. */
const decisions: Check = all(
  each(
    fields({
      type: required(),
      status: (value, path, frame) => {
        if (asText(value) === '') return required()(value, path, frame)
        const isDecision = ['Approved', 'Denied', 'Failed'].includes(asText(frame.object['type']))
        const valid = isDecision ? ['True'] : ['False', 'True', 'Unknown']
        return valid.includes(asText(value)) ? none : [notSupported(path, value, valid)]
      },
    }),
  ),
  distinctTypes,
  keepsTypes('Approved', 'Denied', 'Failed'),
)

/** What is wrong with statuses, by definition of the status. */
export const statusRules: Readonly<Record<string, Check>> = {
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus': fields({
    typeChecking: fields({
      expressionWarnings: each(fields({ warning: required(), fieldRef: required() })),
    }),
    conditions,
  }),
  'io.k8s.api.apps.v1.DaemonSetStatus': daemonSet,
  'io.k8s.api.apps.v1.DeploymentStatus': deployment,
  'io.k8s.api.apps.v1.ReplicaSetStatus': replicated,
  'io.k8s.api.apps.v1.StatefulSetStatus': statefulSet,
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus': autoscaler,
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus': autoscaler,
  'io.k8s.api.batch.v1.JobStatus': jobStatus,
  'io.k8s.api.certificates.v1.CertificateSigningRequestStatus': fields({ conditions: decisions }),
  'io.k8s.api.core.v1.NamespaceStatus': fields({ phase }),
  'io.k8s.api.core.v1.NodeStatus': fields({
    addresses: nodeAddresses,
    capacity: nodeAmounts,
    allocatable: nodeAmounts,
    declaredFeatures: features,
  }),
  'io.k8s.api.core.v1.PersistentVolumeClaimStatus': fields({
    capacity: storage,
    allocatedResourceStatuses: resizes,
    allocatedResources: storage,
  }),
  'io.k8s.api.core.v1.PodStatus': podStatus,
  'io.k8s.api.core.v1.ReplicationControllerStatus': replicated,
  'io.k8s.api.core.v1.ResourceQuotaStatus': fields({ hard, used: hard }),
  'io.k8s.api.core.v1.ServiceStatus': fields({ loadBalancer: balancers }),
  'io.k8s.api.flowcontrol.v1.FlowSchemaStatus': fields({ conditions: namedConditions }),
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus': fields({
    conditions: namedConditions,
  }),
  'io.k8s.api.networking.v1.IngressStatus': fields({
    loadBalancer: fields({ ingress: each(fields({ ip: ifSet(ip), hostname: ifSet(hostname) })) }),
  }),
  'io.k8s.api.policy.v1.PodDisruptionBudgetStatus': all(
    fields({ conditions }),
    counts('disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'),
  ),
  'io.k8s.api.resource.v1.ResourceClaimStatus': claimStatus,
  'io.k8s.api.storage.v1.VolumeAttachmentStatus': fields({
    attachError,
    detachError: attachError,
  }),
}
