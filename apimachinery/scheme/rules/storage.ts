import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { parseQuantity } from '../../meta/quantity.ts'
import { type Check, none, type PackageRules, type Union } from './check.ts'
import { ifSet, oneOf, required, subdomain, ifThere } from './checks.ts'
import { asObject, asText, isSet, join } from './read.ts'

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']

/** Messages name the list and not the element. */
const accessModes =
  (detail: string): Check =>
  (value, path) => {
    const given: readonly unknown[] = Array.isArray(value) ? value : []
    if (given.length === 0) return [requiredError(path, detail)]
    const errors: FieldError[] = given
      .filter((mode) => !modes.includes(asText(mode)))
      .map((mode) => notSupported(path, mode, modes))
    return given.length > 1 && given.includes('ReadWriteOncePod')
      ? [...errors, forbidden(path, 'may not use ReadWriteOncePod with other access modes')]
      : errors
  }

const positive = (value: unknown, path: string): FieldError[] => {
  const amount = parseQuantity(asText(value))
  return amount !== undefined && amount.nano <= 0n
    ? [invalid(path, value, 'must be greater than zero')]
    : []
}

/** How much a claim asks for. */
const requested: Check = (_, path, { object }) => {
  const at = join(path, 'resources[storage]')
  const { storage } = asObject(asObject(object['resources'])['requests'])
  return storage === undefined ? [requiredError(at)] : positive(storage, at)
}

const capacity: Check = (value, path) => {
  const given = asObject(value)
  const { storage } = given
  const empty = Object.keys(given).length === 0
  const errors: FieldError[] = empty ? [requiredError(path)] : []
  if (storage === undefined || Object.keys(given).length > 1) {
    return [...errors, notSupported(path, value ?? null, ['storage'])]
  }
  const amount = parseQuantity(asText(storage))
  if (amount !== undefined && amount.nano < 0n) {
    const message = `Invalid value: ${asText(storage)}: must be a valid resource quantity`
    errors.push({ type: 'FieldValueInvalid', field: `${path}[storage]`, message })
  }
  return [...errors, ...positive(storage, `${path}[storage]`)]
}

/** In the order in which a Kubernetes server looks at them. */
const volumeSource: Union = {
  members: [
    'hostPath',
    'gcePersistentDisk',
    'awsElasticBlockStore',
    'glusterfs',
    'flocker',
    'nfs',
    'rbd',
    'quobyte',
    'cephfs',
    'iscsi',
    'cinder',
    'fc',
    'flexVolume',
    'azureFile',
    'vsphereVolume',
    'photonPersistentDisk',
    'portworxVolume',
    'azureDisk',
    'scaleIO',
    'local',
    'storageos',
    'csi',
  ],
  more: 'may not specify more than 1 volume type',
  none: 'must specify a volume type',
  names: { cephfs: 'cephFS' },
}

const classOfCSI: Check = (value, path, { object }) =>
  value !== undefined && object['csi'] === undefined
    ? [
        requiredError(
          path.replace(/volumeAttributesClassName$/, 'csi'),
          'has to be specified when using volumeAttributesClassName',
        ),
      ]
    : none

const localNeedsNodes: Check = (_, path, { object }) =>
  object['local'] !== undefined && object['nodeAffinity'] === undefined
    ? [requiredError(join(path, 'nodeAffinity'), 'Local volume requires node affinity')]
    : none

const driver: Check = (value, path, frame) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  const errors: FieldError[] = [
    ...(text.length > 63
      ? [
          {
            type: 'FieldValueTooLong' as const,
            field: path,
            message: 'Too long: may not be more than 63 bytes',
          },
        ]
      : []),
    ...subdomain(text.toLowerCase(), path, frame).map((error) => ({
      ...error,
      message: error.message.replace(JSON.stringify(text.toLowerCase()), JSON.stringify(text)),
    })),
  ]
  return errors
}

const secret: Check = (value, path) => {
  if (value === undefined) return none
  const { name, namespace } = asObject(value)
  return [
    ...(isSet(name) ? [] : [requiredError(`${path}.name`)]),
    ...(isSet(namespace) ? [] : [requiredError(`${path}.namespace`)]),
  ]
}

const claimSpec = {
  accessModes: accessModes('at least 1 access mode is required'),
  selector: [],
  '&requested': requested,
  storageClassName: ifSet(subdomain),
  volumeMode: ifThere(oneOf('Block', 'Filesystem')),
  volumeAttributesClassName: ifSet(subdomain),
} as const

const core = {
  CSIPersistentVolumeSource: {
    driver,
    volumeHandle: required(),
    controllerPublishSecretRef: secret,
    controllerExpandSecretRef: secret,
    nodePublishSecretRef: secret,
    nodeExpandSecretRef: secret,
  },
  LocalVolumeSource: { path: [required()] },
  PersistentVolumeClaimSpec: claimSpec,
  PersistentVolumeSpec: {
    accessModes: accessModes(''),
    capacity,
    '&source': volumeSource,
    persistentVolumeReclaimPolicy: [],
    nodeAffinity: [],
    '&local': localNeedsNodes,
    storageClassName: ifSet(subdomain),
    volumeMode: ifThere(oneOf('Block', 'Filesystem')),
    volumeAttributesClassName: ifThere((value, path, frame) => [
      ...subdomain(value, path, frame),
      ...classOfCSI(value, path, frame),
    ]),
  },
  VolumeNodeAffinity: { required: required('must specify required node constraints') },
} satisfies PackageRules

/** Rules of volumes and claims. */
export const storageRules: Readonly<Record<string, PackageRules>> = { 'io.k8s.api.core.v1': core }
