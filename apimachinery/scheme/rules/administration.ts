import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateQualifiedName } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { cidr } from './addresses.ts'
import { flowRules } from './flow-control.ts'
import { type Check, type Frame, none, noFrame, type PackageRules } from './check.ts'
import {
  each,
  atLeast,
  driverName,
  ifThere,
  label,
  labels,
  oneOf,
  refuse,
  required,
  subdomain,
  uniqueBy,
} from './checks.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]

const keyUsages: Check = (value, path) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  if (given.length === 0) return [requiredError(path)]
  return given.flatMap((item, i): readonly FieldError[] => {
    if (!usages.includes(asText(item))) return [notSupported(`${path}[${i}]`, item, usages)]
    return given.indexOf(item) < i ? [duplicate(`${path}[${i}]`, item)] : none
  })
}

const signer: Check = (value, path) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  const [domain = '', name, ...more] = text.split('/')
  const right = domain.includes('.') && name !== undefined && name !== '' && more.length === 0
  const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
  return right ? none : [invalid(path, text, why)]
}

const expiry = refuse(
  (value) => typeof value === 'number' && value < 600,
  'may not specify a duration less than 600 seconds (10 minutes)',
)

/** Said of the name in lower case. */
const lowerQualified: Check = (value, path) =>
  isSet(value)
    ? validateQualifiedName(asText(value).toLowerCase()).map((why) =>
        invalid(path, asText(value).toLowerCase(), why),
      )
    : [requiredError(path)]

/** Messages name the driver and not the list. */
const topologyKeys: Check = (value, path) => {
  const at = path.replace(/\.topologyKeys$/, '')
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  return given.flatMap((key, i): readonly FieldError[] => {
    const text = asText(key)
    if (given.indexOf(key) < i) return [duplicate(at, text)]
    return [
      ...(text === '' ? [requiredError(at)] : none),
      ...validateQualifiedName(text).map((why) => invalid(at, text, why)),
    ]
  })
}

const attachmentSource: Check = (value, path) => {
  const { persistentVolumeName, inlineVolumeSpec } = asObject(value)
  if (persistentVolumeName === undefined && inlineVolumeSpec === undefined) {
    const text = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
    return [requiredError(path, text)]
  }
  const at = `${path}.persistentVolumeName`
  if (persistentVolumeName === undefined) return none
  const text = 'must specify non empty persistentVolumeName'
  return [
    ...(persistentVolumeName === '' ? [requiredError(at, text)] : none),
    ...subdomain(persistentVolumeName, at, noFrame),
  ]
}

const tenMinutes = refuse(
  (value) => typeof value === 'number' && value < 600,
  'may not specify a duration less than 10 minutes',
)

const distinctAudiences: Check = (value, path) => {
  const seen = new Set<string>()
  return asObjects(value).flatMap((request, i) => {
    const audience = asText(request['audience'])
    const again = seen.has(audience)
    seen.add(audience)
    return again ? [duplicate(`${path}[${i}].audience`, audience)] : []
  })
}

/** Messages call a node's taints its metadata's. */
const taints: Check = (value, path) => {
  const at = path.replace(/^spec\./, 'metadata.')
  const seen = new Set<string>()
  return asObjects(value).flatMap((taint, i) => {
    const { key, value: text, effect } = taint
    const here = `${at}[${i}]`
    const errors: FieldError[] = [
      ...validateQualifiedName(asText(key)).map((why) => invalid(`${here}.key`, asText(key), why)),
      ...labels({ a: asText(text) }, `${here}.value`, noFrame),
      ...effectErrors(effect, `${here}.effect`),
    ]
    const id = `${asText(key)}:${asText(effect)}`
    if (seen.has(id)) {
      const { message, ...rest } = duplicate(here, goTaint(taint))
      errors.push({ ...rest, message: `${message}: taints must be unique by key and effect pair` })
    }
    seen.add(id)
    return errors
  })
}

const goTaint = ({ key, value, effect }: JsonObject): JsonObject => ({
  Key: key ?? '',
  Value: value ?? '',
  Effect: effect ?? '',
  TimeAdded: null,
})

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

const effectErrors = (effect: unknown, path: string): FieldError[] => {
  if (!isSet(effect)) return [requiredError(path)]
  return effects.includes(asText(effect)) ? [] : [notSupported(path, effect, effects)]
}

const podCIDRs: Check = (value, path, frame) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  const text = 'may specify no more than one CIDR for each IP family'
  const families = given.map((item) => asText(item).includes(':'))
  return [
    ...each(cidr)(given, path, frame),
    ...(new Set(families).size < families.length ? [invalid(path, given, text)] : none),
  ]
}

/** Rules of what administrators set up. */
const isSystemPriority = ({ object }: Frame): boolean =>
  asText(asObject(object['metadata'])['name']).startsWith('system-')

export const administrationRules: Readonly<Record<string, PackageRules>> = {
  ...flowRules,
  'io.k8s.api.certificates.v1': {
    CertificateSigningRequestSpec: {
      usages: keyUsages,
      signerName: signer,
      expirationSeconds: expiry,
    },
  },
  'io.k8s.api.core.v1': {
    NodeSpec: { taints, podCIDRs },
    Taint: { key: [], effect: [] },
  },
  'io.k8s.api.node.v1': {
    RuntimeClass: { handler: [required(), label] },
    Scheduling: { nodeSelector: labels },
  },
  'io.k8s.api.rbac.v1': {
    AggregationRule: {
      clusterRoleSelectors: required(
        'at least one clusterRoleSelector required if aggregationRule is non-nil',
      ),
    },
  },
  'io.k8s.api.scheduling.v1': {
    PriorityClass: {
      value: (value, path, frame) =>
        Number(value) > 1_000_000_000 && !isSystemPriority(frame)
          ? [forbidden(path, 'maximum allowed value of a user defined priority is 1000000000')]
          : none,
      preemptionPolicy: (value, path, frame) =>
        isSet(value)
          ? oneOf('PreemptLowerPriority', 'Never')(value, path, frame)
          : [requiredError(path)],
    },
  },
  'io.k8s.api.storage.v1': {
    CSIDriverSpec: {
      tokenRequests: distinctAudiences,
      fsGroupPolicy: ifThere(oneOf('File', 'None', 'ReadWriteOnceWithFSType')),
    },
    CSINodeDriver: { name: driverName, nodeID: required(), allocatable: [], topologyKeys },
    CSINodeSpec: { drivers: uniqueBy((driver) => driver['name'], '.name') },
    StorageClass: { provisioner: lowerQualified },
    TokenRequest: { audience: [], expirationSeconds: tenMinutes },
    VolumeAttachmentSpec: {
      attacher: driverName,
      source: attachmentSource,
      nodeName: [required(), subdomain],
    },
    VolumeAttributesClass: {
      driverName: lowerQualified,
      parameters: required('must contain at least one key/value pair'),
    },
    VolumeNodeResources: { count: atLeast(0) },
  },
}
