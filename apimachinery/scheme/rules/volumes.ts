import {
  type FieldError,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { noFrame, type Check, none, type PackageRules, type Union } from './check.ts'
import { absolutePath, between, label, oneOf, refuse, required, subdomain } from './checks.ts'
import { asObjects, asText, isSet } from './read.ts'

/** In the order in which a Kubernetes server looks at them. */
const sources = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'flocker',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
]

const volumeSource: Union = {
  members: sources,
  more: 'may not specify more than 1 volume type',
  none: 'must specify a volume type',
  names: { downwardAPI: 'downwarAPI', cephfs: 'cephFS' },
}

/** `mode` of a file, as nine bits. */
const fileMode = refuse(
  (value) => typeof value === 'number' && (value < 0 || value > 0o777),
  'must be a number between 0 and 0777 (octal), both inclusive',
)

const relativePath: Check = (value, path, frame) => {
  const text = asText(value)
  if (text === '') return required()(value, path, frame)
  if (text.startsWith('/')) return [invalid(path, text, 'must be a relative path')]
  if (text.split('/').includes('..')) return [invalid(path, text, "must not contain '..'")]
  return text.startsWith('..') ? [invalid(path, text, "must not start with '..'")] : none
}

const iqn: Check = (value, path, frame) => {
  const text = asText(value)
  if (text === '') return required()(value, path, frame)
  return /^(iqn\.\d{4}-\d{2}\.[^\s]+|eui\.[0-9a-fA-F]{16}|naa\.([0-9a-fA-F]{16}|[0-9a-fA-F]{32}))$/.test(
    text,
  )
    ? none
    : [invalid(path, text, 'must be valid format starting with iqn, eui, or naa')]
}

const initiatorName: Check = (value, path, frame) =>
  value === undefined ? none : iqn(value, path.replace('initiatorName', 'initiatorname'), frame)

const chap: Check = (_, path, { object }) =>
  (object['chapAuthDiscovery'] === true || object['chapAuthSession'] === true) &&
  (object['secretRef'] ?? undefined) === undefined
    ? [requiredError(`${path}.secretRef`)]
    : none

const iscsi = {
  targetPortal: required(),
  iqn,
  lun: between(0, 255),
  '&chap': chap,
  initiatorName,
} as const

const nfs = { server: required(), path: [required(), absolutePath] } as const

const driverName: Check = (value, path, frame) => {
  const text = asText(value)
  if (text === '') return required()(value, path, frame)
  if (text.length > 63) {
    return [
      {
        type: 'FieldValueTooLong',
        field: path,
        message: 'Too long: may not be more than 63 bytes',
      },
    ]
  }
  return subdomain(text.toLowerCase(), path, frame).map((error) => ({
    ...error,
    message: error.message.replace(JSON.stringify(text.toLowerCase()), JSON.stringify(text)),
  }))
}

const publishSecret: Check = (value, path) => {
  const name = asText((value as { name?: unknown } | undefined)?.name)
  if (value === undefined) return none
  if (name === '') return [requiredError(`${path}.name`)]
  return subdomain(name, path.replace(/nodePublishSecretRef$/, 'name'), noFrame)
}

const oneFieldRef: Check = (_, path, { object }) => {
  const at = path
  if (object['fieldRef'] !== undefined) {
    return object['resourceFieldRef'] === undefined
      ? none
      : [
          invalid(
            at,
            'resource',
            'fieldRef and resourceFieldRef can not be specified simultaneously',
          ),
        ]
  }
  return object['resourceFieldRef'] === undefined
    ? [requiredError(at, 'one of fieldRef and resourceFieldRef is required')]
    : none
}

const projectedSources = [
  'secret',
  'downwardAPI',
  'configMap',
  'serviceAccountToken',
  'clusterTrustBundle',
  'podCertificate',
]

const oneProjection: Check = (_, path, { object }) =>
  projectedSources
    .filter((field) => object[field] !== undefined)
    .slice(1)
    .map(() => ({
      type: 'FieldValueForbidden',
      field: path,
      message: 'Forbidden: may not specify more than 1 volume type per source',
    }))

/** No two files of a projected volume are at one place. */
const distinctFiles: Check = (value, path) => {
  const seen = new Set<string>()
  const errors: FieldError[] = []
  for (const source of asObjects(value)) {
    for (const field of projectedSources) {
      const one = source[field] as { items?: unknown; path?: unknown } | undefined
      const files = [...asObjects(one?.items).map((item) => item['path']), one?.path]
      for (const file of files.filter(isSet)) {
        const text = asText(file)
        if (seen.has(text)) {
          errors.push(invalid(path.replace(/\.sources$/, ''), text, 'conflicting duplicate paths'))
        }
        seen.add(text)
      }
    }
  }
  return errors
}

const tokenSeconds: Check = (value, path) => {
  if (typeof value !== 'number') return none
  if (value < 600) return [invalid(path, value, 'may not specify a duration less than 10 minutes')]
  return value > 2 ** 32
    ? [invalid(path, value, 'may not specify a duration larger than 2^32 seconds')]
    : none
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

const hostPath = {
  path: [
    required(),
    (value, path) =>
      asText(value).split('/').includes('..')
        ? [invalid(path, value, "must not contain '..'")]
        : none,
  ] as readonly Check[],
  type: oneOf(...hostPathTypes),
} as const

/** Of a disk, as its old name in messages has it. */
const partition: Check = (value, path) =>
  typeof value === 'number' && (value < 0 || value > 255)
    ? [invalid(path, value, 'must be between 1 and 255, inclusive')]
    : none

const pullPolicies = ['Always', 'IfNotPresent', 'Never']

/** Volumes of pods, and the sources that PersistentVolumes have alike. */
export const volumeRules: PackageRules = {
  Volume: { '&source': volumeSource, name: [required(), label] },
  AWSElasticBlockStoreVolumeSource: { volumeID: required(), partition },
  AzureDiskVolumeSource: {
    diskName: required(),
    diskURI: required(),
  },
  CSIVolumeSource: { driver: driverName, nodePublishSecretRef: publishSecret },
  CephFSVolumeSource: { monitors: required() },
  CephFSPersistentVolumeSource: { monitors: required() },
  ConfigMapVolumeSource: { name: required(), defaultMode: fileMode, items: [] },
  ConfigMapProjection: { name: required(), items: [] },
  DownwardAPIVolumeFile: { path: relativePath, '&one': oneFieldRef, mode: fileMode },
  DownwardAPIVolumeSource: { defaultMode: fileMode, items: [] },
  EphemeralVolumeSource: { volumeClaimTemplate: required() },
  GCEPersistentDiskVolumeSource: { pdName: required(), partition },
  GlusterfsVolumeSource: { endpoints: required(), path: required() },
  HostPathVolumeSource: hostPath,
  ISCSIVolumeSource: iscsi,
  ISCSIPersistentVolumeSource: iscsi,
  ImageVolumeSource: {
    reference: required(),
    pullPolicy: (value, path) =>
      value === undefined || pullPolicies.includes(asText(value))
        ? none
        : [notSupported(path, value, pullPolicies)],
  },
  KeyToPath: { key: required(), path: relativePath, mode: fileMode },
  NFSVolumeSource: nfs,
  PersistentVolumeClaimVolumeSource: { claimName: required() },
  ProjectedVolumeSource: { defaultMode: fileMode, sources: distinctFiles },
  SecretProjection: { name: required(), items: [] },
  SecretVolumeSource: { secretName: required(), defaultMode: fileMode, items: [] },
  ServiceAccountTokenProjection: { expirationSeconds: tokenSeconds, path: relativePath },
  VolumeProjection: {
    secret: [],
    downwardAPI: [],
    configMap: [],
    serviceAccountToken: [],
    '&one': oneProjection,
  },
}
