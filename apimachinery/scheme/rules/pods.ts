import { isIP } from 'node:net'
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required as requiredError,
} from '../../errors/field-error.ts'
import {
  validateLabelKey,
  validateLabelValue,
  validateQualifiedName,
  validateSubdomainWithUnderscore,
} from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { noFrame, type Check, type Frame, none, type PackageRules } from './check.ts'
import {
  all,
  between,
  each,
  ifSet,
  label,
  labels,
  named,
  oneOf,
  qualifiedName,
  refuse,
  required,
  subdomain,
  uniqueBy,
  ifThere,
} from './checks.ts'
import { containerRules } from './containers.ts'
import { goValue } from './go-value.ts'
import { handlerRules } from './handlers.ts'
import { asObject, asObjects, asText, duplicatesOf, isSet, join } from './read.ts'
import { amounts, requirements } from './resources.ts'
import { distinctSpread, schedulingRules } from './scheduling.ts'
import { coreSelectorRules, metaSelectorRules } from './selectors.ts'
import { volumeRules } from './volumes.ts'

const core = 'io.k8s.api.core.v1'

const containerLists = ['containers', 'initContainers', 'ephemeralContainers'] as const

/** No two containers of a pod have one name. */
const distinctContainers: Check = (_, path, { object }) => {
  const found = containerLists.flatMap((field) =>
    asObjects(object[field]).map((item, i) => ({ item, at: join(path, `${field}[${i}].name`) })),
  )
  return duplicatesOf(
    found.map(({ item }) => item),
    (c) => asText(c['name']),
  ).map((i) => duplicate(found[i]?.at ?? '', found[i]?.item['name']))
}

/** Ports of the host are taken once. */
const distinctHostPorts: Check = (value, path) => {
  const seen = new Set<string>()
  return asObjects(value).flatMap((container, i) =>
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

const onHostNetwork: Check = (value, path, { object }) =>
  object['hostNetwork'] !== true
    ? none
    : asObjects(value).flatMap((container, i) =>
        asObjects(container['ports']).flatMap(({ hostPort, containerPort }, n) =>
          (hostPort ?? 0) === (containerPort ?? 0)
            ? []
            : [
                invalid(
                  `${path}[${i}].ports[${n}].hostPort`,
                  hostPort ?? 0,
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
    const errors: FieldError[] =
      name === '' ? [requiredError(`${at}.name`)] : [...label(name, `${at}.name`, noFrame)]
    if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name))
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

const ip = refuse(
  (value) => isIP(asText(value)) === 0,
  'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
)

const dnsConfig: Check = (value, path, { object }) => {
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
}

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

const unlessGated: Check = (value, path, { object, before }) =>
  before === undefined && isSet(value) && asObjects(object['schedulingGates']).length > 0
    ? [forbidden(path, 'cannot be set until all schedulingGates have been cleared')]
    : none

const os: Check = (value, path, frame) => {
  const name = asText(asObject(value)['name'])
  if (value === undefined) return none
  if (name === '') return [requiredError(`${path}.name`)]
  return oneOf('linux', 'windows')(name, path, frame)
}

/** Fields of the pod that messages call fields of its security context. */
const namespaces: Check = (_, path, { object }) =>
  object['shareProcessNamespace'] === true && object['hostPID'] === true
    ? [
        invalid(
          join(path, 'securityContext.shareProcessNamespace'),
          true,
          'ShareProcessNamespace and HostPID cannot both be enabled',
        ),
      ]
    : none

const windowsOptions: Check = (value, path, frame) => {
  const system = asObject(frame.up?.object['os'])['name']
  return value !== undefined && system === 'linux'
    ? [forbidden(path, 'windows options cannot be set for a linux pod')]
    : none
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
  return [...errors, ...subdomain(value, path, frame)]
}

/** Messages about a template's labels leave out its metadata. */
const templateMeta: Check = (_, path, { object }) => {
  const meta = asObject(object['metadata'])
  return [
    ...Object.entries(asObject(meta['labels'])).flatMap(([key, value]) => [
      ...validateLabelKey(key).map((why) => invalid(`${path}.labels`, key, why)),
      ...validateLabelValue(asText(value)).map((why) => invalid(`${path}.labels`, value, why)),
    ]),
    ...Object.keys(asObject(meta['annotations'])).flatMap((key) =>
      validateQualifiedName(key.toLowerCase()).map((why) =>
        invalid(`${path}.annotations`, key, why),
      ),
    ),
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

const noClaims: Check = (value, path) =>
  asObjects(asObject(value)['claims']).length > 0
    ? [forbidden(`${path}.claims`, 'claims may not be set for Resources at pod-level')]
    : none

const podSpec = {
  volumes: uniqueBy((v) => v['name'], '.name'),
  resourceClaims,
  containers: [required()],
  initContainers: [],
  ephemeralContainers: [],
  '&names': distinctContainers,
  '&hostPorts': (_: unknown, path: string, frame: Frame) =>
    distinctHostPorts(frame.object['containers'], join(path, 'containers'), frame),
  restartPolicy: [],
  dnsPolicy: [],
  '&hostNetwork': (_: unknown, path: string, frame: Frame) =>
    containerLists.flatMap((field) => onHostNetwork(frame.object[field], join(path, field), frame)),
  '&namespaces': namespaces,
  securityContext: [],
  nodeSelector: labels,
  imagePullSecrets: [],
  affinity: [],
  dnsConfig,
  readinessGates: [],
  schedulingGates: gates,
  topologySpreadConstraints: distinctSpread,
  serviceAccountName: ifSet(subdomain),
  nodeName: all(ifSet(subdomain), unlessGated),
  activeDeadlineSeconds: between(1, 2147483647),
  hostname: ifSet(label),
  subdomain: ifSet(label),
  hostnameOverride,
  tolerations: [],
  hostAliases: [],
  priorityClassName: ifSet(subdomain),
  runtimeClassName: ifSet(subdomain),
  preemptionPolicy: [],
  overhead: (value: unknown, path: string, frame: Frame) => amounts(value, `${path}.limits`, frame),
  os,
  resources: all(noClaims, requirements),
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
      runAsUser: id,
      runAsGroup: id,
      supplementalGroups: each(id),
      fsGroup: id,
      sysctls,
      fsGroupChangePolicy: ifThere(oneOf('Always', 'OnRootMismatch')),
      seccompProfile: [],
      windowsOptions,
      supplementalGroupsPolicy: ifThere(oneOf('Merge', 'Strict')),
      seLinuxChangePolicy: ifThere(oneOf('Recursive')),
    },
    Sysctl: { name: [] },
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
