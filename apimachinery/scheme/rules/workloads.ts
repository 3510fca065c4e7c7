import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabel } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { autoscalingRules } from './autoscaling.ts'
import { type Check, final, none, type PackageRules, skip, type View, whenNew } from './check.ts'
import { all, atLeast, ifSet, ifThere, named, oneOf, present, required } from './checks.ts'
import { goValue, jsonValue } from './go-value.ts'
import { jobRules } from './jobs.ts'
import { asObject, asObjects, asText, isSet, join } from './read.ts'
import { selected, selectedByLabels } from './selected.ts'

/** Something in a selector has been found wrong. */
const isUnreadable = (selector: string, found: readonly FieldError[]): boolean =>
  found.some(({ field }) => field.startsWith(`${selector}.`))

/** Without a selector that says something, nothing is said of the template. */
const ifSelectable: Check = (_, path, { found }) =>
  isUnreadable(path.replace(/template$/, 'selector'), found) ? skip : none

const replicaSet = 'ReplicaSet'

/** Pods of workloads run again whenever they end, and as long as they like. */
const runsForEver =
  (kind: string): Check =>
  (_, path, { object, found }) => {
    if (kind === replicaSet && isUnreadable(join(path, 'selector'), found)) return none
    const spec = asObject(asObject(object['template'])['spec'])
    const at = join(path, 'template.spec')
    const errors: FieldError[] = []
    const policy = spec['restartPolicy']
    if (isSet(policy) && policy !== 'Always') {
      errors.push(notSupported(`${at}.restartPolicy`, policy, ['Always']))
    }
    if (spec['activeDeadlineSeconds'] !== undefined) {
      const text = `activeDeadlineSeconds in ${kind} is not Supported`
      errors.push(forbidden(`${at}.activeDeadlineSeconds`, text))
    }
    return errors
  }

const percentText =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

/** A number or a percentage. */
export const share: Check = (value, path, frame) => {
  if (typeof value !== 'string') return atLeast(0)(value, path, frame)
  return /^[0-9]+%$/.test(value) ? none : [invalid(path, value, percentText)]
}

/** Of a part: at most all. */
export const atMostAll: Check = (value, path) => {
  const percent = typeof value === 'string' ? /^([0-9]+)%$/.exec(value)?.[1] : undefined
  return percent !== undefined && Number(percent) > 100
    ? [invalid(path, value, 'must not be greater than 100%')]
    : none
}

const partOfAll = all(share, atMostAll)

/** As Go's server counts it: what is neither a percentage nor a number is nothing. */
const isNought = (value: unknown): boolean =>
  typeof value === 'number'
    ? value === 0
    : Number(/^([0-9]+)%$|^([-+]?[0-9]+)$/.exec(asText(value))?.[0].replace('%', '') ?? 0) === 0

const rollingDeployment: Check = (_, path, { object }) =>
  isNought(object['maxUnavailable']) && isNought(object['maxSurge'])
    ? [
        invalid(
          `${path}.maxUnavailable`,
          object['maxUnavailable'],
          'may not be 0 when `maxSurge` is 0',
        ),
      ]
    : none

const rollingDaemonSet: Check = (_, path, { object }) => {
  const { maxUnavailable, maxSurge } = object
  const [least, most] = [isNought(maxUnavailable), isNought(maxSurge)]
  if (least && most) {
    return [requiredError(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
  }
  return least || most
    ? none
    : [invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')]
}

/** Nothing more is said of how a strategy of another kind rolls. */
const ifRolling: Check = (_, __, { object }) => (object['type'] === 'RollingUpdate' ? none : skip)

const onlyWhenRolling: Check = (value, path, { object }) =>
  value !== undefined && object['type'] === 'Recreate'
    ? [forbidden(path, "may not be specified when strategy `type` is 'Recreate'")]
    : none

const onDelete: Check = (value, path, { object }) =>
  value !== undefined && object['type'] === 'OnDelete'
    ? [invalid(path, value, "only allowed for updateStrategy 'RollingUpdate'")]
    : none

const deadline: Check = (value, path, { object }) => {
  if (typeof value !== 'number') return none
  const ready = typeof object['minReadySeconds'] === 'number' ? object['minReadySeconds'] : 0
  return [
    ...(value < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : none),
    ...(value <= ready ? [invalid(path, value, 'must be greater than minReadySeconds')] : none),
  ]
}

const appsPackage = 'io.k8s.api.apps.v1.'

/** A strategy of a kind that is not there is shown whole. */
const strategyOf =
  (definition: string, ...types: readonly string[]): Check =>
  (_, path, { object }) =>
    types.includes(asText(object['type']))
      ? none
      : [notSupported(path, goValue(`${appsPackage}${definition}`, object), types)]

const setStrategy: Check = (_, path, { object }) => {
  const type = asText(object['type'])
  if (type === '') return [requiredError(path)]
  const shown = goValue(`${appsPackage}StatefulSetUpdateStrategy`, object)
  return type === 'RollingUpdate' || type === 'OnDelete'
    ? none
    : [invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")]
}

const podManagement: Check = (value, path) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  return text === 'OrderedReady' || text === 'Parallel'
    ? none
    : [invalid(path, text, "must be 'OrderedReady' or 'Parallel'")]
}

/** Pods of a StatefulSet have names of its own, and a volume for each of its claims. */
const podOfSet: View['sees'] = (template, { object }) => {
  if (template === undefined) return undefined
  const {
    hostname: _hostname,
    subdomain: _subdomain,
    ...spec
  } = asObject(asObject(template)['spec'])
  const names = new Set(
    asObjects(object['volumeClaimTemplates']).map((c) => asText(asObject(c['metadata'])['name'])),
  )
  const volumes = [
    ...[...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
    ...asObjects(spec['volumes']).filter(({ name }) => !names.has(asText(name))),
  ]
  return {
    ...asObject(template),
    spec: volumes.length === 0 ? spec : { ...spec, volumes },
  }
}

const retention = oneOf('Retain', 'Delete')

const labelSelector = 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector'

const notBoth: Check = (_, path, { object }) =>
  object['minAvailable'] !== undefined && object['maxUnavailable'] !== undefined
    ? [invalid(path, budget(object), 'minAvailable and maxUnavailable cannot be both set')]
    : none

/** A number or percentage as Go's internal type shows it in messages. */
const budget = (spec: JsonObject): JsonObject => ({
  MinAvailable: spec['minAvailable'],
  Selector:
    spec['selector'] === undefined ? null : jsonValue(labelSelector, asObject(spec['selector'])),
  MaxUnavailable: spec['maxUnavailable'],
  UnhealthyPodEvictionPolicy: spec['unhealthyPodEvictionPolicy'] ?? null,
})

/** Rules of controllers of pods and of what acts on them. */
export const workloadRules: Readonly<Record<string, PackageRules>> = {
  ...autoscalingRules,
  ...jobRules,
  'io.k8s.api.apps.v1': {
    ControllerRevision: {
      revision: atLeast(0),
      data: whenNew(present('data is mandatory'), (value, path) =>
        Array.isArray(value) || typeof value !== 'object'
          ? [requiredError(path, 'data must be a valid JSON object')]
          : none,
      ),
    },
    DaemonSetSpec: {
      selector: [],
      '&selected': selected('daemonset', undefined),
      template: [],
      '&always': runsForEver('DaemonSet'),
      minReadySeconds: atLeast(0),
      updateStrategy: [],
      revisionHistoryLimit: atLeast(0),
    },
    DaemonSetUpdateStrategy: {
      '&type': strategyOf('DaemonSetUpdateStrategy', 'RollingUpdate', 'OnDelete'),
      type: [],
      rollingUpdate: ifRolling,
    },
    DeploymentSpec: {
      replicas: atLeast(0),
      selector: present(),
      '&selected': selected('deployment', 'invalid label selector'),
      template: ifSelectable,
      '&always': runsForEver(replicaSet),
      strategy: [],
      minReadySeconds: atLeast(0),
      revisionHistoryLimit: atLeast(0),
      progressDeadlineSeconds: deadline,
    },
    DeploymentStrategy: {
      '&type': strategyOf('DeploymentStrategy', 'Recreate', 'RollingUpdate'),
      type: [],
      rollingUpdate: [final(onlyWhenRolling), ifRolling],
    },
    ReplicaSetSpec: {
      replicas: atLeast(0),
      minReadySeconds: atLeast(0),
      selector: present(),
      '&selected': selected('deployment', 'invalid label selector'),
      template: ifSelectable,
      '&always': runsForEver(replicaSet),
    },
    RollingUpdateDaemonSet: {
      maxUnavailable: partOfAll,
      maxSurge: partOfAll,
      '&both': rollingDaemonSet,
    },
    RollingUpdateDeployment: {
      maxUnavailable: partOfAll,
      maxSurge: share,
      '&both': rollingDeployment,
    },
    RollingUpdateStatefulSetStrategy: { partition: atLeast(0), maxUnavailable: partOfAll },
    StatefulSetOrdinals: { start: atLeast(0) },
    StatefulSetPersistentVolumeClaimRetentionPolicy: {
      whenDeleted: retention,
      whenScaled: retention,
    },
    StatefulSetSpec: {
      podManagementPolicy: podManagement,
      updateStrategy: [],
      persistentVolumeClaimRetentionPolicy: [],
      volumeClaimTemplates: whenNew(),
      replicas: atLeast(0),
      minReadySeconds: atLeast(0),
      ordinals: [],
      serviceName: whenNew(ifSet(named(validateLabel))),
      selector: present(),
      '&selected': selected('statefulset', ''),
      template: { sees: podOfSet, checks: [ifSelectable] },
      '&always': runsForEver('StatefulSet'),
    },
    StatefulSetUpdateStrategy: {
      '&type': setStrategy,
      type: [],
      rollingUpdate: [final(onDelete), ifRolling],
    },
  },
  'io.k8s.api.core.v1': {
    ReplicationControllerSpec: {
      minReadySeconds: atLeast(0),
      selector: required(),
      replicas: atLeast(0),
      '&selected': selectedByLabels,
      template: [],
      '&always': runsForEver('ReplicationController'),
    },
  },
  'io.k8s.api.policy.v1': {
    PodDisruptionBudgetSpec: {
      '&both': notBoth,
      minAvailable: partOfAll,
      maxUnavailable: partOfAll,
      selector: [],
      unhealthyPodEvictionPolicy: ifThere(oneOf('AlwaysAllow', 'IfHealthyBudget')),
    },
  },
}
