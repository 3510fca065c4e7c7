import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
} from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { valueOrEmptied } from '../emptied.ts'
import {
  noFrame,
  type Check,
  enclosing,
  final,
  type Frame,
  none,
  type PackageRules,
  skip,
} from './check.ts'
import { all, between, ifSet, ifThere, label, oneOf, present, refuse, required } from './checks.ts'
import { envRules } from './env.ts'
import { goValue } from './go-value.ts'
import { portName } from './handlers.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'
import { localPath, volumeDevices, volumeMounts } from './mounts.ts'
import { requirements } from './resources.ts'
import { noRestartOfInit, resizePolicy, restarts } from './restarts.ts'

const core = 'io.k8s.api.core.v1.'

const isInit = (frame: Frame): boolean => /initContainers\[\d+\]$/.test(frame.path)

/** Rules between fields of the containers that start before the others, or of those. */
const ofInit =
  (check: Check): Check =>
  (value, path, frame) =>
    isInit(frame) ? check(value, path, frame) : none
const ofOthers =
  (check: Check): Check =>
  (value, path, frame) =>
    isInit(frame) ? none : check(value, path, frame)

/** What runs before the others and ends has no probes and no hooks. */
const onlyIfItStays = final((value, path, frame) =>
  value !== undefined && isInit(frame) && frame.object['restartPolicy'] !== 'Always'
    ? [forbidden(path, 'may not be set for init containers without restartPolicy=Always')]
    : none,
)

const containerLists = ['containers', 'initContainers', 'ephemeralContainers'] as const

/** Of a container's place in its Pod: its list, and its number there. */
const placeOf = (path: string): readonly [list: string, at: number] => {
  const [, list = '', at = ''] = /(\w+)\[(\d+)\]$/.exec(path) ?? []
  return [list, Number(at)]
}

/** No two containers of a pod have one name; only init containers may have none together. */
const distinctName: Check = (_, path, { object, up }) => {
  const [list, at] = placeOf(path)
  const name = asText(object['name'])
  const names = containerLists
    .slice(0, containerLists.findIndex((each) => each === list) + 1)
    .flatMap((each) =>
      asObjects(up?.object[each])
        .slice(0, each === list ? at : undefined)
        .map((one) => asText(one['name']))
        .filter((one) => one !== '' || each !== 'initContainers' || each !== list),
    )
  return names.includes(name) ? [duplicate(`${path}.name`, name)] : none
}

const notForEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
]

/** A field as Go has it: nil, or no resources; an empty list that was given is neither. */
const isZero = (field: string, value: unknown): boolean =>
  value === null ||
  (field === 'resources' &&
    ['limits', 'requests', 'claims'].every((of) => valueOrEmptied(asObject(value), of) === null))

const onlyEphemeral: Check = (_, path, { object }) => {
  const why = 'cannot be set for an Ephemeral Container'
  return [
    ...notForEphemeral
      .filter((field) => !isZero(field, valueOrEmptied(object, field)))
      .map((field) => forbidden(`${path}.${field}`, why)),
    ...asObjects(object['volumeMounts']).flatMap((mount, i) =>
      ['subPath', 'subPathExpr']
        .filter((field) => asText(mount[field]) !== '')
        .map((field) => forbidden(`${path}.volumeMounts[${i}].${field}`, why)),
    ),
  ]
}

/** What an ephemeral container looks into is one of the others. */
const targetName: Check = (value, path, { up }) => {
  const others = ['containers', 'initContainers'].flatMap((list) => asObjects(up?.object[list]))
  return isSet(value) && !others.some(({ name }) => name === value) ? [notFound(path, value)] : none
}

export const trimmed = refuse(
  (value) => asText(value) !== asText(value).trim(),
  'must not have leading or trailing whitespace',
)

/** Of the ports of a container, among those that are called soundly. */
const distinctPortName: Check = (value, path, frame) => {
  const before = asObjects(frame.up?.object['ports']).slice(0, placeOf(frame.path)[1])
  return isSet(value) && before.some(({ name }) => name === value) ? [duplicate(path, value)] : none
}

/** Ports of the host are taken once. */
export const distinctHostPorts = (
  containers: readonly JsonObject[],
  path: string,
): FieldError[] => {
  const seen = new Set<string>()
  return containers.flatMap((container, i) =>
    asObjects(container['ports']).flatMap((port, n) => {
      const { hostPort, hostIP, protocol } = port
      if (typeof hostPort !== 'number' || hostPort === 0) return []
      const key = `${asText(protocol)}/${asText(hostIP)}/${hostPort}`
      const again = seen.has(key)
      seen.add(key)
      return again ? [duplicate(`${path}[${i}].ports[${n}].hostPort`, key)] : []
    }),
  )
}

/** Init containers run one by one; messages count each as the first. */
const ownHostPorts: Check = (_, path, { object }) =>
  distinctHostPorts([object], path.replace(/\[\d+\]$/, ''))

const id = between(0, 2147483647)
const addsAdmin = (capabilities: unknown): boolean =>
  ((asObject(capabilities)['add'] ?? []) as unknown[]).includes('CAP_SYS_ADMIN')

const escalation: Check = (value, path) => {
  const context = asObject(value)
  if (context['allowPrivilegeEscalation'] !== false) return none
  const wrong = [
    ...(context['privileged'] === true ? ['`privileged` to true'] : []),
    ...(addsAdmin(context['capabilities']) ? ['`capabilities.Add` CAP_SYS_ADMIN'] : []),
  ]
  return wrong.map((what) =>
    invalid(
      path,
      goValue(`${core}SecurityContext`, context),
      `cannot set \`allowPrivilegeEscalation\` to false and ${what}`,
    ),
  )
}

const unmaskedForOwnUsers: Check = (value, path, frame) =>
  value === 'Unmasked' && enclosing(frame, `${core}PodSpec`)?.object['hostUsers'] !== false
    ? [invalid(path, value, '`hostUsers` must be false to use `Unmasked`')]
    : none

const container = {
  name: [required(), label],
  image: required(),
  terminationMessagePolicy: [],
  ports: [],
  env: [],
  envFrom: [],
  volumeMounts,
  volumeDevices,
  imagePullPolicy: [],
  resources: requirements,
  resizePolicy,
  securityContext: [],
} as const

const judgedElsewhere = () => skip

/** Containers and what is in them, but for probes and hooks. */
export const containerRules: PackageRules = {
  ...envRules,
  Container: {
    ...container,
    '&restartsOfInit': ofInit(restarts(true)),
    '&name': distinctName,
    '&hostPorts': ofInit(ownHostPorts),
    lifecycle: onlyIfItStays,
    livenessProbe: onlyIfItStays,
    readinessProbe: onlyIfItStays,
    startupProbe: onlyIfItStays,
    '&restarts': ofOthers(restarts(false)),
    '&resizes': ofInit(noRestartOfInit),
    restartPolicyRules: judgedElsewhere,
  },
  EphemeralContainer: {
    ...container,
    '&image': (_, path, frame) => trimmed(frame.object['image'], `${path}.image`, frame),
    '&name': distinctName,
    targetContainerName: targetName,
    '&allowed': onlyEphemeral,
    lifecycle: judgedElsewhere,
    livenessProbe: judgedElsewhere,
    readinessProbe: judgedElsewhere,
    startupProbe: judgedElsewhere,
    restartPolicyRules: judgedElsewhere,
  },
  ContainerPort: {
    name: [ifSet(portName), distinctPortName],
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
    procMount: all(ifThere(oneOf('Default', 'Unmasked')), unmaskedForOwnUsers),
    seccompProfile: [],
    '&escalation': escalation,
    windowsOptions: [],
    appArmorProfile: [],
  },
  SeccompProfile: {
    type: [
      required('type is required when seccompProfile is set'),
      oneOf('Localhost', 'RuntimeDefault', 'Unconfined'),
    ],
    localhostProfile: (value, path, { object }) => {
      if (object['type'] === 'Localhost')
        return value === undefined
          ? present('must be set when seccomp type is Localhost')(value, path, noFrame)
          : localPath(asText(value), path)
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
