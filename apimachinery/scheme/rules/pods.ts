import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateSubdomainWithUnderscore } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import {
  type Check,
  final,
  type Frame,
  noFrame,
  none,
  type PackageRules,
  type StructRules,
} from './check.ts'
import {
  annotations,
  between,
  each,
  ifSet,
  label,
  labels,
  maxBytes,
  named,
  oneOf,
  qualifiedName,
  required,
  subdomain,
  ifThere,
} from './checks.ts'
import { ip } from './addresses.ts'
import { containerRules, distinctHostPorts, trimmed } from './containers.ts'
import { filesOfVariables } from './env.ts'
import { goValue } from './go-value.ts'
import { handlerRules } from './handlers.ts'
import { allContainers } from './pod-containers.ts'
import { podRequirements } from './pod-requirements.ts'
import { asObject, asObjects, asText, isSet, join } from './read.ts'
import { amounts } from './resources.ts'
import { schedulingRules } from './scheduling.ts'
import { coreSelectorRules, metaSelectorRules } from './selectors.ts'
import { volumeRules } from './volumes.ts'
import { hostProcesses, os, windowsRules } from './windows.ts'

const core = 'io.k8s.api.core.v1'

/** On the host's network ports are the host's; in a template they may be left out. */
const onHostNetwork: Check = (value, path, { object, up }) =>
  object['hostNetwork'] !== true
    ? none
    : asObjects(value).flatMap((container, i) =>
        asObjects(container['ports']).flatMap(({ hostPort = 0, containerPort = 0 }, n) =>
          hostPort === containerPort || (hostPort === 0 && !isPod(up))
            ? []
            : [
                invalid(
                  `${path}[${i}].ports[${n}].hostPort`,
                  hostPort,
                  'must match `containerPort` when `hostNetwork` is true',
                ),
              ],
        ),
      )

const claimSources = ['resourceClaimName', 'resourceClaimTemplateName']

const resourceClaims: Check = (value, path) => {
  const names = new Set<string>()
  return asObjects(value).flatMap((claim, i) => {
    const at = `${path}[${i}]`
    const name = asText(claim['name'])
    const errors: FieldError[] = []
    if (name === '') errors.push(requiredError(`${at}.name`))
    else if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
    else errors.push(...label(name, `${at}.name`, noFrame))
    names.add(name)
    const given = claimSources.filter((field) => claim[field] !== undefined)
    const shown = (): JsonObject => goValue(`${core}.PodResourceClaim`, claim)
    if (given.length > 1) {
      const text =
        'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'
      errors.push(invalid(at, shown(), text))
    }
    if (given.length === 0) {
      const text = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'
      errors.push(invalid(at, shown(), text))
    }
    return [
      ...errors,
      ...given.flatMap((field) => subdomain(claim[field], `${at}.${field}`, noFrame)),
    ]
  })
}

const dnsConfig = final((value, path, { object }) => {
  if (object['dnsPolicy'] === 'None') {
    if (value === undefined) {
      return [requiredError(path, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    }
    if (!Array.isArray(asObject(value)['nameservers'])) {
      const text = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
      return [requiredError(`${path}.nameservers`, text)]
    }
  }
  return none
})

const gates: Check = (value, path, frame) => {
  const names = new Set<string>()
  return asObjects(value).flatMap((gate, i) => {
    const name = asText(gate['name'])
    const at = `${path}[${i}]`
    const again = names.has(name)
    names.add(name)
    const errors = [...qualifiedName(name, at, frame)]
    return again ? [...errors, duplicate(at, name)] : errors
  })
}

/** A field of the pod that messages call one of its security context. */
const namespaces: Check = (_, path, { up }) =>
  up?.object['shareProcessNamespace'] === true && up.object['hostPID'] === true
    ? [
        invalid(
          `${path}.shareProcessNamespace`,
          true,
          'ShareProcessNamespace and HostPID cannot both be enabled',
        ),
      ]
    : none

/** Of a Pod whose users are not the host's; messages have two fields as Go has them. (KEP-127) */
const ownUsers: Check = (_, path, { object }) => {
  if (object['hostUsers'] !== false) return none
  const why = 'when `hostUsers` is false'
  return [
    ...(['hostNetwork', 'hostPID', 'hostIPC'] as const)
      .filter((field) => object[field] === true)
      .map((field) => forbidden(join(path, field.replace(/^h(?=ost(PID|IPC))/, 'H')), why)),
    ...allContainers(object, path)
      .filter(({ container }) => asObjects(container['volumeDevices']).length > 0)
      .map(({ at }) => forbidden(`${at}.volumeDevices`, why)),
  ]
}

const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/
const sysctlText =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'

const sysctls: Check = (value, path, frame) => {
  const names = new Set<string>()
  const { hostNetwork, hostIPC } = frame.up?.object ?? {}
  return asObjects(value).flatMap((sysctl, i) => {
    const at = `${path}[${i}].name`
    const name = asText(sysctl['name'])
    const errors: FieldError[] = []
    if (name === '') errors.push(requiredError(at))
    else if (name.length > 253 || !sysctlName.test(name)) errors.push(invalid(at, name, sysctlText))
    else if (names.has(name)) errors.push(duplicate(at, name))
    names.add(name)
    if (hostIPC === true && /^(kernel\.shm|kernel\.msg|kernel\.sem$|fs\.mqueue\.)/.test(name)) {
      errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"))
    }
    if (hostNetwork === true && name.startsWith('net.')) {
      errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"))
    }
    return errors
  })
}

const id = between(0, 2147483647)

const hostnameOverride: Check = (value, path, frame) => {
  if (value === undefined) return none
  const errors: FieldError[] = []
  if (frame.object['setHostnameAsFQDN'] === true) {
    errors.push(forbidden(path, 'may not be specified when setHostnameAsFQDN is true'))
  }
  if (frame.object['hostNetwork'] === true) {
    errors.push(forbidden(path, 'may not be specified when hostNetwork is true'))
  }
  return [...errors, ...maxBytes(64)(value, path, frame), ...subdomain(value, path, frame)]
}

/** Messages about a template's labels leave out its metadata. */
const templateMeta: Check = (_, path, { object }) => {
  const meta = asObject(object['metadata'])
  return [
    ...labels(meta['labels'], `${path}.labels`, noFrame),
    ...annotations(meta['annotations'], `${path}.annotations`, noFrame),
  ]
}

const templateOnly: Check = (_, path, { object }) =>
  asObjects(asObject(object['spec'])['ephemeralContainers']).length > 0
    ? [
        forbidden(
          `${path}.spec.ephemeralContainers`,
          'ephemeral containers not allowed in pod template',
        ),
      ]
    : none

const optionName: Check = (value, path) =>
  isSet(value) ? none : [requiredError(path.replace(/\.name$/, ''), 'must not be empty')]

const isPod = (frame: Frame | undefined): boolean => frame?.definition === `${core}.Pod`

/** Of Pods, and not of what makes them. */
const trimmedImages: Check = (_, __, frame) =>
  ['containers', 'initContainers'].flatMap((list) =>
    asObjects(asObject(frame.object['spec'])[list]).flatMap(({ image }, i) =>
      trimmed(image, `spec.${list}[${i}].image`, frame),
    ),
  )

const podSpec: StructRules = {
  volumes: [],
  resourceClaims,
  containers: required(),
  '&hostPorts': (_, path, { object }) =>
    distinctHostPorts(asObjects(object['containers']), join(path, 'containers')),
  initContainers: [],
  ephemeralContainers: [],
  resources: podRequirements,
  '&hostNetwork': (_, path, frame) =>
    onHostNetwork(frame.object['containers'], join(path, 'containers'), frame),
  restartPolicy: [],
  dnsPolicy: [],
  nodeSelector: labels,
  securityContext: [],
  imagePullSecrets: [],
  affinity: [],
  dnsConfig,
  readinessGates: [],
  schedulingGates: gates,
  topologySpreadConstraints: [],
  '&hostProcesses': hostProcesses,
  '&ownUsers': ownUsers,
  hostnameOverride,
  serviceAccountName: ifSet(subdomain),
  nodeName: ifSet(subdomain),
  activeDeadlineSeconds: between(1, 2147483647),
  hostname: ifSet(label),
  subdomain: ifSet(label),
  tolerations: [],
  hostAliases: [],
  priorityClassName: ifSet(subdomain),
  runtimeClassName: ifThere(subdomain),
  preemptionPolicy: (value, path) => (value === '' ? [requiredError(path)] : none),
  overhead: (value, path, frame) => amounts(value, `${path}.limits`, frame),
  os,
  '&files': filesOfVariables,
}

/** Rules of pods and pod templates. */
export const podRules: Readonly<Record<string, PackageRules>> = {
  [core]: {
    ...containerRules,
    ...coreSelectorRules,
    ...handlerRules,
    ...schedulingRules,
    ...volumeRules,
    ResourceClaim: { name: [] },
    HostAlias: { ip, hostnames: each(subdomain) },
    PodDNSConfig: { nameservers: each(ip), searches: each(named(dnsSearch)), options: [] },
    PodDNSConfigOption: { name: optionName },
    PodReadinessGate: { conditionType: qualifiedName },
    PodResourceClaim: { name: [] },
    PodSchedulingGate: { name: [] },
    PodOS: { name: [] },
    PodSecurityContext: {
      fsGroup: id,
      runAsUser: id,
      runAsGroup: id,
      supplementalGroups: each(id),
      '&namespaces': namespaces,
      sysctls,
      fsGroupChangePolicy: ifThere(oneOf('Always', 'OnRootMismatch')),
      seccompProfile: [],
      windowsOptions: [],
      appArmorProfile: [],
      supplementalGroupsPolicy: ifThere(oneOf('Merge', 'Strict')),
      seLinuxChangePolicy: ifThere(oneOf('Recursive')),
    },
    Sysctl: { name: [] },
    WindowsSecurityContextOptions: windowsRules,
    Pod: { spec: [], '&images': trimmedImages },
    PodSpec: podSpec,
    PodTemplateSpec: { '&metadata': templateMeta, spec: [], '&ephemeral': templateOnly },
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1': metaSelectorRules,
}

/** A search domain may end with a dot, and be one: that of the root. */
function dnsSearch(name: string): readonly string[] {
  if (name === '.') return []
  return validateSubdomainWithUnderscore(name.endsWith('.') ? name.slice(0, -1) : name)
}
