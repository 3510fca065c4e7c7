import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { parseQuantity } from '../../meta/quantity.ts'
import { valueOrEmptied } from '../emptied.ts'
import { type Check, type Frame, none, type PackageRules, skip, type Union } from './check.ts'
import { driverName, ifSet, label, oneOf, required, subdomain, ifThere } from './checks.ts'
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

const capacity: Check = (value, path, { object }) => {
  const given = asObject(value)
  const { storage } = given
  const empty = Object.keys(given).length === 0
  const errors: FieldError[] = empty ? [requiredError(path)] : []
  if (storage === undefined || Object.keys(given).length > 1) {
    return [...errors, notSupported(path, valueOrEmptied(object, 'capacity'), ['storage'])]
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
  beside: ['flexVolume'],
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

/** A second source is refused as such, and not looked at. */
const localNeedsNodes: Check = (_, path, { object, found }) =>
  object['local'] !== undefined &&
  object['nodeAffinity'] === undefined &&
  !found.some(({ field, type }) => field === join(path, 'local') && type === 'FieldValueForbidden')
    ? [requiredError(join(path, 'nodeAffinity'), 'Local volume requires node affinity')]
    : none

/** Groups of a claim that had one before are taken as they are. */
const hadGroup = ({ path, before }: Frame): boolean =>
  path === 'spec' &&
  ['dataSource', 'dataSourceRef'].some((field) =>
    isSet(asObject(asObject(before?.['spec'])[field])['apiGroup'] ?? undefined),
  )

/** What a claim is filled with. */
const dataSource: Check = (value, path, frame) => {
  if (value === undefined) return none
  const { name, kind, apiGroup, namespace } = asObject(value)
  const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
  return [
    ...required()(name, `${path}.name`, frame),
    ...required()(kind, `${path}.kind`, frame),
    ...(asText(apiGroup) === '' && kind !== 'PersistentVolumeClaim'
      ? [invalid(path, asText(kind), why)]
      : none),
    ...(hadGroup(frame) ? none : ifSet(subdomain)(asText(apiGroup), `${path}.apiGroup`, frame)),
    ...ifSet(label)(asText(namespace), `${path}.namespace`, frame),
  ]
}

/** Messages show a path of the server's own, as JSON has it. */
const sameSource: Check = (_, path, { object }) => {
  const { dataSource: source, dataSourceRef: ref } = object
  if (source === undefined || ref === undefined) return none
  const [{ apiGroup, kind, name }, other] = [asObject(source), asObject(ref)]
  if (isSet(other['namespace'])) {
    return [invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified')]
  }
  return apiGroup === other['apiGroup'] && kind === other['kind'] && name === other['name']
    ? none
    : [invalid(path, {}, 'must match dataSourceRef')]
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
  dataSource,
  dataSourceRef: dataSource,
  '&sources': sameSource,
  volumeAttributesClassName: ifSet(subdomain),
} as const

const core = {
  CSIPersistentVolumeSource: {
    driver: driverName,
    volumeHandle: required(),
    controllerPublishSecretRef: secret,
    controllerExpandSecretRef: secret,
    nodePublishSecretRef: secret,
    nodeExpandSecretRef: secret,
  },
  LocalVolumeSource: { path: [required()] },
  // A status of a claim that is only a template for others is nobody's.
  PersistentVolumeClaim: { status: () => skip },
  PersistentVolumeClaimSpec: claimSpec,
  TypedLocalObjectReference: { kind: [], name: [] },
  TypedObjectReference: { kind: [], name: [] },
  PersistentVolumeSpec: {
    accessModes: accessModes(''),
    capacity,
    persistentVolumeReclaimPolicy: [],
    nodeAffinity: [],
    '&source': volumeSource,
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
