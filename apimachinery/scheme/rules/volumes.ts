import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateSubdomain } from '../../meta/names.ts'
import { parseQuantity } from '../../meta/quantity.ts'
import { valueOrEmptied } from '../emptied.ts'
import {
  enclosing,
  noFrame,
  type Check,
  none,
  type PackageRules,
  type StructRules,
  type Union,
} from './check.ts'
import {
  absolutePath,
  all,
  annotations,
  between,
  driverName,
  ifSet,
  ifThere,
  isEmpty,
  label,
  labels,
  noBacksteps,
  oneOf,
  required,
  subdomain,
} from './checks.ts'
import { iscsi, shortInitiator } from './iscsi.ts'
import { localPath } from './mounts.ts'
import { soundVolumes } from './pod-volumes.ts'
import { projectionRules } from './projections.ts'
import { asObject, asText, isSet } from './read.ts'

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
  'flocker',
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

const nfs = { server: required(), path: all(required(), absolutePath) } as const

const namedSecret: Check = (value, path, frame) =>
  value === undefined ? none : required()(asObject(value)['name'], `${path}.name`, frame)

const flocker: Check = (_, path, { object }) => {
  const [name, uuid] = [asText(object['datasetName']), asText(object['datasetUUID'])]
  if (name === '' && uuid === '') {
    return [requiredError(path, 'one of datasetName and datasetUUID is required')]
  }
  const both = 'datasetName and datasetUUID can not be specified simultaneously'
  return [
    ...(name !== '' && uuid !== '' ? [invalid(path, 'resource', both)] : none),
    ...(name.includes('/') ? [invalid(`${path}.datasetName`, name, "must not contain '/'")] : none),
  ]
}

/** A volume on Fibre Channel is found by names of targets and a number, or by its own names. */
const fibreChannel: Check = (_, path, { object }) => {
  const { targetWWNs, wwids, lun } = object
  const at = `${path}.targetWWNs`
  if (isEmpty(targetWWNs) && isEmpty(wwids)) {
    return [requiredError(at, 'must specify either targetWWNs or wwids, but not both')]
  }
  if (isEmpty(targetWWNs)) return none
  const both = 'targetWWNs and wwids can not be specified simultaneously'
  return [
    ...(isEmpty(wwids) ? none : [invalid(at, targetWWNs, both)]),
    ...(lun === undefined
      ? [requiredError(`${path}.lun`, 'lun is required if targetWWNs is specified')]
      : between(0, 255)(lun, `${path}.lun`, noFrame)),
  ]
}

const diskURIs = {
  managed:
    '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}',
  blob: 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd',
}

const diskURI: Check = (value, path, { object }) => {
  const isManaged = object['kind'] === 'Managed'
  const start = isManaged ? '/subscriptions/' : 'https://'
  return asText(value).startsWith(start)
    ? none
    : [notSupported(path, asText(value), [isManaged ? diskURIs.managed : diskURIs.blob])]
}

const hostPort = /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/

const quobyteRegistry: Check = (value, path, { object }) => {
  const text = 'must be a host:port pair or multiple pairs separated by commas'
  if (!isSet(value)) return [requiredError(path, text)]
  if (asText(object['tenant']).length > 64) {
    const at = path.replace(/registry$/, 'tenant')
    return [requiredError(at, 'must be a UUID and may not exceed a length of 64 characters')]
  }
  return asText(value)
    .split(',')
    .filter((pair) => !hostPort.test(pair))
    .map(() => invalid(path, value, text))
}

const reserved = /\.(?:kubernetes|k8s)\.io$/

/** Options of a driver have keys of its own. */
const notReserved: Check = (value, path) =>
  Object.keys(asObject(value))
    .filter((key) => reserved.test(`.${(key.split('/')[0] ?? '').toLowerCase()}`))
    .map((key) =>
      invalid(`${path}[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'),
    )

const storageOS: StructRules = {
  volumeName: [required(), label],
  volumeNamespace: ifSet(label),
  secretRef: namedSecret,
}

const rbd = { monitors: required(), image: required() } as const

const scaleIO = {
  gateway: required(),
  system: required(),
  volumeName: required(),
  secretRef: [],
} as const

const publishSecret: Check = (value, path) => {
  const name = asText((value as { name?: unknown } | undefined)?.name)
  if (value === undefined) return none
  if (name === '') return [requiredError(`${path}.name`)]
  return subdomain(name, path.replace(/nodePublishSecretRef$/, 'name'), noFrame)
}

/** The claim that a Pod's own volume becomes is called after both. */
const claimName: Check = (_, path, frame) => {
  const pod = enclosing(frame, 'io.k8s.api.core.v1.PodSpec')?.up?.object
  const owner = asText(asObject(pod?.['metadata'])['name'])
  const name = asText(frame.object['name'])
  const source = sources.find((field) => frame.object[field] !== undefined)
  if (source !== 'ephemeral' || owner === '' || name === '') return none
  const claim = `${owner}-${name}`
  return validateSubdomain(claim).map((why) =>
    invalid(`${path}.name`, name, `PVC name ${JSON.stringify(claim)}: ${why}`),
  )
}

/** Among the volumes that nothing is wrong with. */
const distinctName: Check = (_, path, frame) => {
  const name = asText(frame.object['name'])
  const at = Number(/(\d+)\]$/.exec(path)?.[1])
  return soundVolumes(frame, at).some((volume) => volume['name'] === name)
    ? [duplicate(`${path}.name`, name)]
    : none
}

/** In Go's order; messages have the names that Go's are with a small first letter. */
const ofNoTemplate = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
]

/** The claims that are made of it have its labels and annotations, and nothing else. */
const onlyLabels: Check = (_, path, { object }) => {
  const meta = asObject(object['metadata'])
  const at = `${path}.metadata`
  return [
    ...annotations(meta['annotations'], `${at}.annotations`, noFrame),
    ...labels(meta['labels'], `${at}.labels`, noFrame),
    ...ofNoTemplate
      .filter((field) => !['', 0, null].includes(valueOrEmptied(meta, field) as null))
      .map((field) => forbidden(`${at}.${field === 'uid' ? 'uID' : field}`, 'cannot be set')),
  ]
}

const sizeLimit: Check = (value, path) =>
  (parseQuantity(asText(value ?? '0'))?.nano ?? 0n) < 0n
    ? [forbidden(path, 'SizeLimit field must be a valid resource quantity')]
    : none

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

const hostPath: StructRules = {
  path: [required(), noBacksteps] as readonly Check[],
  type: (value, path, frame) =>
    isSet(frame.object['path']) ? oneOf(...hostPathTypes)(value, path, frame) : none,
}

/** Of a disk, as its old name in messages has it. */
const partition: Check = (value, path) =>
  typeof value === 'number' && (value < 0 || value > 255)
    ? [invalid(path, value, 'must be between 1 and 255, inclusive')]
    : none

const pullPolicies = ['Always', 'IfNotPresent', 'Never']

/** Volumes of pods, and the sources that PersistentVolumes have alike. */
export const volumeRules: PackageRules = {
  ...projectionRules,
  Volume: {
    '&source': volumeSource,
    '&initiator': shortInitiator,
    '&claim': claimName,
    name: [required(), label],
    '&name': distinctName,
  },
  AWSElasticBlockStoreVolumeSource: { volumeID: required(), partition },
  AzureDiskVolumeSource: {
    diskName: required(),
    '&diskURI': (_, path, frame) => required()(frame.object['diskURI'], `${path}.diskURI`, frame),
    cachingMode: ifThere(oneOf('None', 'ReadOnly', 'ReadWrite')),
    kind: ifThere(oneOf('Dedicated', 'Managed', 'Shared')),
    diskURI,
  },
  CinderVolumeSource: { volumeID: required(), secretRef: namedSecret },
  CSIVolumeSource: { driver: driverName, nodePublishSecretRef: publishSecret },
  CephFSVolumeSource: { monitors: required() },
  CephFSPersistentVolumeSource: { monitors: required() },
  EmptyDirVolumeSource: { sizeLimit },
  EphemeralVolumeSource: { volumeClaimTemplate: required() },
  FCVolumeSource: { '&targets': fibreChannel },
  FlexPersistentVolumeSource: { driver: required() },
  FlexVolumeSource: { driver: required(), options: notReserved },
  FlockerVolumeSource: { '&dataset': flocker },
  GCEPersistentDiskVolumeSource: { pdName: required(), partition },
  GitRepoVolumeSource: {
    repository: required(),
    directory: (value, path) => localPath(asText(value), path),
  },
  GlusterfsVolumeSource: { endpoints: required(), path: required() },
  HostPathVolumeSource: hostPath,
  ISCSIVolumeSource: iscsi('must be valid format starting with iqn, eui, or naa'),
  ISCSIPersistentVolumeSource: { ...iscsi('must be valid format'), secretRef: namedSecret },
  ImageVolumeSource: {
    reference: required(),
    pullPolicy: (value, path) =>
      value === undefined || pullPolicies.includes(asText(value))
        ? none
        : [notSupported(path, value, pullPolicies)],
  },
  NFSVolumeSource: nfs,
  PersistentVolumeClaimTemplate: { '&metadata': onlyLabels },
  PersistentVolumeClaimVolumeSource: { claimName: required() },
  QuobyteVolumeSource: { registry: quobyteRegistry, volume: required() },
  RBDPersistentVolumeSource: rbd,
  RBDVolumeSource: rbd,
  ScaleIOPersistentVolumeSource: scaleIO,
  ScaleIOVolumeSource: scaleIO,
  StorageOSPersistentVolumeSource: storageOS,
  StorageOSVolumeSource: storageOS,
}
