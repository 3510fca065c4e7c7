import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateQualifiedName } from '../../meta/names.ts'
import { parseQuantity } from '../../meta/quantity.ts'
import { type Check, final, none, noFrame, type PackageRules } from './check.ts'
import {
  atLeast,
  driverName,
  ifThere,
  oneOf,
  refuse,
  required,
  subdomain,
  unique,
  uniqueBy,
} from './checks.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'

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

const attachmentSource = final((value, path) => {
  const { persistentVolumeName, inlineVolumeSpec } = asObject(value)
  const text = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
  if (persistentVolumeName !== undefined && inlineVolumeSpec !== undefined) {
    return [forbidden(path, text)]
  }
  if (persistentVolumeName === undefined && inlineVolumeSpec === undefined) {
    return [requiredError(path, text)]
  }
  const at = `${path}.persistentVolumeName`
  if (persistentVolumeName === undefined) return none
  const empty = 'must specify non empty persistentVolumeName'
  return [
    ...(persistentVolumeName === '' ? [requiredError(at, empty)] : none),
    ...subdomain(persistentVolumeName, at, noFrame),
  ]
})

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

const notNegative: Check = (value, path) =>
  (parseQuantity(asText(value ?? '0'))?.nano ?? 0n) < 0n
    ? [invalid(path, value, 'must be greater than or equal to 0')]
    : none

const modes = ['Persistent', 'Ephemeral']

/** Messages name the list and not the element. */
const lifecycleModes: Check = (value, path) =>
  (Array.isArray(value) ? value : [])
    .filter((mode) => !modes.includes(asText(mode)))
    .map((mode) => notSupported(path, mode, modes))

const atLeastTenSeconds = refuse(
  (value) => typeof value === 'number' && value < 10,
  'must be greater than or equal to 10 seconds',
)

const tokensToPut: Check = (value, path, { object }) => {
  const why = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified'
  return value !== undefined && asObjects(object['tokenRequests']).length === 0
    ? [invalid(path, value, why)]
    : none
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(asText) : [])

/** Terms of topology differ; one that says nothing is like any other such term. */
const topologies: Check = (value, path, frame) => {
  const seen = new Set<string>()
  return asObjects(value).flatMap((term, i) => {
    const at = `${path}[${i}].matchLabelExpressions`
    const expressions = asObjects(term['matchLabelExpressions'])
    const key = expressions
      .map((e) => JSON.stringify([e['key'], texts(e['values']).toSorted()]))
      .toSorted()
      .join()
    const again = expressions.length === 0 || seen.has(key)
    seen.add(key)
    return [
      ...expressions.flatMap((e, n) => unique(e['values'], `${at}[${n}].values`, frame)),
      ...uniqueBy((e) => e['key'], '.key')(expressions, at, frame),
      ...(again ? [duplicate(at, '')] : none),
    ]
  })
}

/** Rules of storage classes, of drivers and of what they attach. */
export const storageClassRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.api.storage.v1': {
    CSIDriverSpec: {
      volumeLifecycleModes: lifecycleModes,
      nodeAllocatableUpdatePeriodSeconds: atLeastTenSeconds,
      tokenRequests: distinctAudiences,
      serviceAccountTokenInSecrets: tokensToPut,
      fsGroupPolicy: ifThere(oneOf('File', 'None', 'ReadWriteOnceWithFSType')),
    },
    CSINodeDriver: { name: driverName, nodeID: required(), allocatable: [], topologyKeys },
    CSINodeSpec: { drivers: uniqueBy((driver) => driver['name'], '.name') },
    CSIStorageCapacity: {
      storageClassName: subdomain,
      capacity: notNegative,
      maximumVolumeSize: notNegative,
    },
    StorageClass: {
      provisioner: lowerQualified,
      volumeBindingMode: ifThere(oneOf('Immediate', 'WaitForFirstConsumer')),
      allowedTopologies: topologies,
    },
    TokenRequest: { audience: [], expirationSeconds: tenMinutes },
    VolumeAttachmentSpec: {
      attacher: driverName,
      source: attachmentSource,
      nodeName: subdomain,
    },
    VolumeAttributesClass: {
      driverName: lowerQualified,
      parameters: required('must contain at least one key/value pair'),
    },
    VolumeNodeResources: { count: atLeast(0) },
  },
}
