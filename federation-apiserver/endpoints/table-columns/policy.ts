import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { humanDuration } from '#apimachinery/meta/time.ts'
import {
  age,
  at,
  type Column,
  count,
  createdAt,
  field,
  listAt,
  name,
  orElse,
  text,
  textAt,
  wide,
} from './column.ts'

const roleRef = (o: ApiObject): string =>
  `${textAt(o, 'roleRef.kind')}/${textAt(o, 'roleRef.name')}`

const subjects = (title: string, kind: string): Column =>
  wide({
    name: title,
    cell: (o) =>
      listAt(o, 'subjects')
        .filter((s) => textAt(s, 'kind') === kind)
        .map((s) =>
          kind === 'ServiceAccount'
            ? `${textAt(s, 'namespace')}/${textAt(s, 'name')}`
            : textAt(s, 'name'),
        )
        .join(', '),
  })

const bindingColumns: readonly Column[] = [
  name,
  { name: 'Role', cell: roleRef },
  age,
  subjects('Users', 'User'),
  subjects('Groups', 'Group'),
  subjects('ServiceAccounts', 'ServiceAccount'),
]

const webhooks: readonly Column[] = [
  name,
  { name: 'Webhooks', type: 'integer', cell: (o) => listAt(o, 'webhooks').length },
  age,
]

function requestCondition(csr: ApiObject): string {
  const types = listAt(csr, 'status.conditions').map((c) => textAt(c, 'type'))
  const base = types.includes('Denied')
    ? 'Denied'
    : types.includes('Approved')
      ? 'Approved'
      : 'Pending'
  const failed = types.includes('Failed') ? ',Failed' : ''
  return `${base}${failed}${textAt(csr, 'status.certificate') === '' ? '' : ',Issued'}`
}

export const policyColumns: Readonly<Record<string, readonly Column[]>> = {
  'rbac.authorization.k8s.io/roles': [name, createdAt],
  'rbac.authorization.k8s.io/clusterroles': [name, createdAt],
  'rbac.authorization.k8s.io/rolebindings': bindingColumns,
  'rbac.authorization.k8s.io/clusterrolebindings': bindingColumns,
  '/limitranges': [name, createdAt],
  'policy/poddisruptionbudgets': [
    name,
    { name: 'Min Available', cell: (o) => orElse(textAt(o, 'spec.minAvailable'), 'N/A') },
    { name: 'Max Unavailable', cell: (o) => orElse(textAt(o, 'spec.maxUnavailable'), 'N/A') },
    count('Allowed Disruptions', 'status.disruptionsAllowed'),
    age,
  ],
  'coordination.k8s.io/leases': [name, field('Holder', 'spec.holderIdentity'), age],
  'scheduling.k8s.io/priorityclasses': [
    name,
    count('Value', 'value'),
    { name: 'Global-Default', type: 'boolean', cell: (o) => at(o, 'globalDefault') === true },
    age,
    field('PreemptionPolicy', 'preemptionPolicy'),
  ],
  'storage.k8s.io/storageclasses': [
    {
      ...name,
      cell: (o) => {
        const isDefault =
          o.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
        return isDefault ? `${o.metadata.name} (default)` : o.metadata.name
      },
    },
    field('Provisioner', 'provisioner'),
    field('ReclaimPolicy', 'reclaimPolicy', 'Delete'),
    field('VolumeBindingMode', 'volumeBindingMode', 'Immediate'),
    { name: 'AllowVolumeExpansion', cell: (o) => at(o, 'allowVolumeExpansion') === true },
    age,
  ],
  'storage.k8s.io/csinodes': [
    name,
    { name: 'Drivers', type: 'integer', cell: (o) => listAt(o, 'spec.drivers').length },
    age,
  ],
  'apiextensions.k8s.io/customresourcedefinitions': [name, createdAt],
  'apiregistration.k8s.io/apiservices': [
    name,
    {
      name: 'Service',
      cell: (o) =>
        at(o, 'spec.service') === undefined
          ? 'Local'
          : `${textAt(o, 'spec.service.namespace')}/${textAt(o, 'spec.service.name')}`,
    },
    {
      name: 'Available',
      cell: (o) =>
        orElse(
          textAt(
            listAt(o, 'status.conditions').find((c) => textAt(c, 'type') === 'Available'),
            'status',
          ),
          'Unknown',
        ),
    },
    age,
  ],
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': webhooks,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': webhooks,
  'certificates.k8s.io/certificatesigningrequests': [
    name,
    age,
    field('SignerName', 'spec.signerName'),
    field('Requestor', 'spec.username'),
    {
      name: 'RequestedDuration',
      cell: (o) => {
        const seconds = at(o, 'spec.expirationSeconds')
        return typeof seconds === 'number' ? humanDuration(seconds * 1000) : '<none>'
      },
    },
    { name: 'Condition', cell: requestCondition },
  ],
  'storage.k8s.io/volumeattachments': [
    name,
    { ...field('Attacher', 'spec.attacher'), format: 'name' },
    field('PV', 'spec.source.persistentVolumeName'),
    field('Node', 'spec.nodeName'),
    { name: 'Attached', type: 'boolean', cell: (o) => at(o, 'status.attached') === true },
    age,
  ],
  'storage.k8s.io/csidrivers': [
    name,
    {
      name: 'AttachRequired',
      type: 'boolean',
      cell: (o) => at(o, 'spec.attachRequired') !== false,
    },
    { name: 'PodInfoOnMount', type: 'boolean', cell: (o) => at(o, 'spec.podInfoOnMount') === true },
    {
      name: 'StorageCapacity',
      type: 'boolean',
      cell: (o) => at(o, 'spec.storageCapacity') === true,
    },
    {
      name: 'TokenRequests',
      cell: (o) =>
        orElse(
          listAt(o, 'spec.tokenRequests')
            .map((t) => textAt(t, 'audience'))
            .join(','),
          '<unset>',
        ),
    },
    {
      name: 'RequiresRepublish',
      type: 'boolean',
      cell: (o) => at(o, 'spec.requiresRepublish') === true,
    },
    {
      name: 'Modes',
      cell: (o) => orElse(listAt(o, 'spec.volumeLifecycleModes').map(text).join(','), '<none>'),
    },
    age,
  ],
}
