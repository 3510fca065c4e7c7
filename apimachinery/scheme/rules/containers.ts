import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import {
  noFrame,
  type Check,
  enclosing,
  final,
  type Frame,
  none,
  type PackageRules,
} from './check.ts'
import { between, ifSet, label, oneOf, present, refuse, required } from './checks.ts'
import { envRules } from './env.ts'
import { goValue } from './go-value.ts'
import { portName } from './handlers.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'
import { soundVolumes } from './pod-volumes.ts'
import { requirements } from './resources.ts'

const core = 'io.k8s.api.core.v1.'
const podSpec = `${core}PodSpec`

const isInit = (frame: Frame): boolean => /initContainers\[\d+\]$/.test(frame.path)

/** What runs before the others and ends has no probes and no hooks. */
const onlyIfItStays = final((value, path, frame) =>
  value !== undefined && isInit(frame) && frame.object['restartPolicy'] !== 'Always'
    ? [forbidden(path, 'may not be set for init containers without restartPolicy=Always')]
    : none,
)

const restartPolicy: Check = (value, path) =>
  value === undefined || ['Always', 'Never', 'OnFailure'].includes(asText(value))
    ? none
    : [notSupported(path, value, ['Always', 'Never', 'OnFailure'])]

const ruleActions = ['Restart', 'RestartAllContainers']

/** When a container runs again, by how it ended. */
const restartPolicyRules: Check = (value, path, frame) => {
  const { object } = frame
  const rules = asObjects(value)
  const at = path.replace(/Rules$/, '')
  const why = 'must specify restartPolicy when restart rules are used'
  const noPolicy: FieldError[] =
    rules.length > 0 && object['restartPolicy'] === undefined ? [requiredError(at, why)] : []
  if (noPolicy.length > 0 && isInit(frame)) return noPolicy
  const errors = rules.flatMap((rule, i) => [
    ...(ruleActions.includes(asText(rule['action']))
      ? none
      : [notSupported(`${path}[${i}].action`, asText(rule['action']), ruleActions)]),
    ...(rule['exitCodes'] === undefined
      ? [requiredError(`${path}[${i}].exitCodes`, 'must be specified')]
      : none),
  ])
  return [...noPolicy, ...errors]
}

const notForEphemeral: Check = (value, path) =>
  value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
    ? none
    : [forbidden(path, 'cannot be set for an Ephemeral Container')]

const trimmed = refuse(
  (value) => asText(value) !== asText(value).trim(),
  'must not have leading or trailing whitespace',
)

function mountErrors(mount: JsonObject, path: string, frame: Frame): FieldError[] {
  const errors: FieldError[] = []
  const name = asText(mount['name'])
  if (name === '') errors.push(requiredError(`${path}.name`))
  if (!soundVolumes(frame).some((volume) => volume['name'] === name)) {
    errors.push(notFound(`${path}.name`, name))
  }
  if (!isSet(mount['mountPath'])) errors.push(requiredError(`${path}.mountPath`))
  const subPath = asText(mount['subPath'])
  const expression = asText(mount['subPathExpr'])
  if (subPath !== '') errors.push(...localErrors(subPath, `${path}.subPath`))
  if (expression !== '') {
    if (subPath !== '') {
      const text = 'subPathExpr and subPath are mutually exclusive'
      errors.push(invalid(`${path}.subPathExpr`, expression, text))
    }
    errors.push(...localErrors(expression, `${path}.subPathExpr`))
  }
  return errors
}

const localErrors = (text: string, path: string): FieldError[] => [
  ...(text.startsWith('/') ? [invalid(path, text, 'must be a relative path')] : []),
  ...(text.split('/').includes('..') ? [invalid(path, text, "must not contain '..'")] : []),
]

const propagations = ['Bidirectional', 'HostToContainer', 'None']
const recursions = ['Disabled', 'Enabled', 'IfPossible']

/** Messages about these two name the list and not the mount. */
function mountModeErrors(mount: JsonObject, path: string, owner: JsonObject): FieldError[] {
  const { mountPropagation, recursiveReadOnly, readOnly } = mount
  const errors: FieldError[] = []
  const at = `${path}.mountPropagation`
  const privileged = asObject(owner['securityContext'])['privileged'] === true
  if (mountPropagation !== undefined && !propagations.includes(asText(mountPropagation))) {
    errors.push(notSupported(at, mountPropagation, propagations))
  } else if (mountPropagation === 'Bidirectional' && !privileged) {
    const text = 'Bidirectional mount propagation is available only to privileged containers'
    errors.push(forbidden(at, text))
  }
  const recursiveAt = `${path}.recursiveReadOnly`
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return errors
  if (!recursions.includes(asText(recursiveReadOnly))) {
    return [...errors, notSupported(recursiveAt, recursiveReadOnly, recursions)]
  }
  if (readOnly !== true) {
    const text = `may only be specified when readOnly is true`
    errors.push(forbidden(recursiveAt, text))
  }
  return errors
}

const volumeMounts: Check = (value, path, frame) => {
  const paths = new Set<string>()
  const devices = new Set(asObjects(frame.object['volumeDevices']).map((d) => d['devicePath']))
  return asObjects(value).flatMap((mount, i) => {
    const at = `${path}[${i}]`
    const errors = mountErrors(mount, at, frame)
    const mountPath = asText(mount['mountPath'])
    if (mountPath !== '' && paths.has(mountPath)) {
      errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    }
    if (devices.has(mountPath)) {
      const text = 'must not already exist as a path in volumeDevices'
      errors.push(invalid(`${at}.mountPath`, mountPath, text))
    }
    paths.add(mountPath)
    return [...errors, ...mountModeErrors(mount, path, frame.object)]
  })
}

const volumeDevices: Check = (value, path, frame) => {
  const names = new Set<unknown>()
  const paths = new Set<unknown>()
  return asObjects(value).flatMap((device, i) => {
    const { name = '', devicePath = '' } = device
    const at = `${path}[${i}]`
    const errors: FieldError[] = []
    const volume = soundVolumes(frame).find((v) => v['name'] === name)
    if (name === '') errors.push(requiredError(`${at}.name`))
    else if (names.has(name)) errors.push(invalid(`${at}.name`, name, 'must be unique'))
    if (volume === undefined) {
      errors.push(notFound(`${at}.name`, name))
    } else if (volume['persistentVolumeClaim'] === undefined && volume['ephemeral'] === undefined) {
      const text =
        'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
      errors.push(invalid(`${at}.name`, name, text))
    }
    if (devicePath === '') errors.push(requiredError(`${at}.devicePath`))
    else if (paths.has(devicePath)) {
      errors.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'))
    }
    names.add(name)
    paths.add(devicePath)
    return errors
  })
}

const ports: Check = (value, path) => {
  const names = new Set<string>()
  return asObjects(value).flatMap((port, i) => {
    const name = asText(port['name'])
    const again = name !== '' && names.has(name)
    names.add(name)
    return again ? [duplicate(`${path}[${i}].name`, name)] : []
  })
}

const resizePolicy: Check = (value, path, frame) => {
  const runsOnce = enclosing(frame, podSpec)?.object['restartPolicy'] === 'Never'
  const seen = new Set<unknown>()
  return asObjects(value).flatMap((rule, i) => {
    const { resourceName = '', restartPolicy: policy = '' } = rule
    const errors: FieldError[] = []
    if (seen.has(resourceName)) errors.push(duplicate(`${path}[${i}]`, resourceName))
    seen.add(resourceName)
    if (resourceName === '') errors.push(requiredError(path))
    else if (resourceName !== 'cpu' && resourceName !== 'memory') {
      errors.push(notSupported(path, resourceName, ['cpu', 'memory']))
    }
    if (policy === '') errors.push(requiredError(path))
    else if (policy !== 'NotRequired' && policy !== 'RestartContainer') {
      errors.push(notSupported(path, policy, ['NotRequired', 'RestartContainer']))
    }
    if (runsOnce && policy !== 'NotRequired') {
      const why = "must be 'NotRequired' when pod `restartPolicy` is 'Never'"
      errors.push(invalid(path, policy, why))
    }
    return errors
  })
}

const id = between(0, 2147483647)
const addsAdmin = (capabilities: unknown): boolean =>
  ((asObject(capabilities)['add'] ?? []) as unknown[]).includes('CAP_SYS_ADMIN')

const escalation: Check = (value, path) => {
  const context = asObject(value)
  if (context['allowPrivilegeEscalation'] !== false) return none
  const shown = (): JsonObject => goValue(`${core}SecurityContext`, context)
  if (context['privileged'] === true) {
    const text = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'
    return [invalid(path, shown(), text)]
  }
  const text = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'
  return addsAdmin(context['capabilities']) ? [invalid(path, shown(), text)] : none
}

const container = {
  name: [required(), label],
  image: [required(), trimmed],
  ports,
  env: [],
  envFrom: [],
  volumeMounts,
  volumeDevices,
  resources: requirements,
  resizePolicy,
  securityContext: [],
} as const

/** Containers and what is in them, but for probes and hooks. */
export const containerRules: PackageRules = {
  ...envRules,
  Container: {
    ...container,
    restartPolicy,
    restartPolicyRules,
    lifecycle: onlyIfItStays,
    livenessProbe: onlyIfItStays,
    readinessProbe: onlyIfItStays,
    startupProbe: onlyIfItStays,
  },
  ContainerRestartRule: { action: [], exitCodes: [] },
  EphemeralContainer: {
    ...container,
    ports: notForEphemeral,
    lifecycle: notForEphemeral,
    livenessProbe: notForEphemeral,
    readinessProbe: notForEphemeral,
    startupProbe: notForEphemeral,
    resources: notForEphemeral,
  },
  ContainerPort: {
    name: ifSet(portName),
    containerPort: [required(), between(1, 65535)],
    hostPort: ifSet((value, path, frame) => (value === 0 ? none : id65535(value, path, frame))),
    protocol: [],
  },
  ContainerResizePolicy: { resourceName: [], restartPolicy: [] },
  VolumeDevice: { name: [], devicePath: [] },
  VolumeMount: { name: [], mountPath: [], mountPropagation: [] },
  SecurityContext: {
    runAsUser: id,
    runAsGroup: id,
    procMount: (value, path, frame) =>
      value === undefined ? none : oneOf('Default', 'Unmasked')(value, path, frame),
    seccompProfile: [],
    '&escalation': escalation,
    appArmorProfile: [],
  },
  SeccompProfile: {
    type: [
      required('type is required when seccompProfile is set'),
      oneOf('Localhost', 'RuntimeDefault', 'Unconfined'),
    ],
    localhostProfile: (value, path, { object }) => {
      if (object['type'] === 'Localhost')
        return present('must be set when seccomp type is Localhost')(value, path, noFrame)
      const text = 'can only be set when seccomp type is Localhost'
      const shown = goValue(`${core}SeccompProfile`, object)
      return value === undefined ? none : [invalid(path, shown, text)]
    },
  },
  AppArmorProfile: {
    type: [
      required('type is required when appArmorProfile is set'),
      oneOf('Localhost', 'RuntimeDefault', 'Unconfined'),
    ],
    localhostProfile: (value, path, { object }) => {
      if (object['type'] === 'Localhost')
        return required('must be set when AppArmor type is Localhost')(value, path, noFrame)
      const text = 'can only be set when AppArmor type is Localhost'
      const isOther = object['type'] === 'RuntimeDefault' || object['type'] === 'Unconfined'
      return value === undefined || !isOther ? none : [invalid(path, value, text)]
    },
  },
}

const id65535 = between(1, 65535)
