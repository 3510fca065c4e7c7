import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  age,
  ageOf,
  at,
  type Column,
  count,
  entriesAt,
  field,
  listAt,
  name,
  orElse,
  text,
  textAt,
  wide,
} from './column.ts'
import { podColumns } from './pod.ts'

const dataCount = (o: ApiObject): number =>
  entriesAt(o, 'data').length + entriesAt(o, 'binaryData').length

function nodeStatus(node: ApiObject): string {
  const ready = listAt(node, 'status.conditions').find((c) => textAt(c, 'type') === 'Ready')
  const status =
    ready === undefined ? 'Unknown' : textAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady'
  return at(node, 'spec.unschedulable') === true ? `${status},SchedulingDisabled` : status
}

const nodeRolePrefix = 'node-role.kubernetes.io/'

function nodeRoles(node: ApiObject): string {
  const roles = entriesAt(node, 'metadata.labels').flatMap(([key, value]) => {
    if (key.startsWith(nodeRolePrefix)) return [key.slice(nodeRolePrefix.length)]
    return key === 'kubernetes.io/role' ? [text(value)] : []
  })
  return orElse(roles.filter(Boolean).sort().join(','), '<none>')
}

const nodeAddress =
  (type: string) =>
  (node: ApiObject): string => {
    const found = listAt(node, 'status.addresses').find((a) => textAt(a, 'type') === type)
    return orElse(textAt(found, 'address'), '<none>')
  }

function kernel(node: ApiObject): string {
  const version = orElse(textAt(node, 'status.nodeInfo.kernelVersion'), '<unknown>')
  const architecture = textAt(node, 'status.nodeInfo.architecture')
  return architecture === '' ? version : `${version} (${architecture})`
}

/** `pod/web-1`, and `spec.containers{web}` for the part of it that an Event is about. */
const involved = (event: ApiObject): string =>
  `${textAt(event, 'involvedObject.kind').toLowerCase()}/${textAt(event, 'involvedObject.name')}`

function eventSource(event: ApiObject): string {
  const component = orElse(textAt(event, 'source.component'), textAt(event, 'reportingComponent'))
  const host = orElse(textAt(event, 'source.host'), textAt(event, 'reportingInstance'))
  return host === '' ? component : `${component}, ${host}`
}

const lastSeen = (event: ApiObject): unknown =>
  at(event, 'series.lastObservedTime') ??
  at(event, 'lastTimestamp') ??
  at(event, 'eventTime') ??
  at(event, 'firstTimestamp')

const eventCount = (event: ApiObject): number =>
  Number(at(event, 'series.count') ?? at(event, 'count') ?? 1)

const eventColumns: readonly Column[] = [
  { name: 'Last Seen', cell: (o) => ageOf(lastSeen(o)) },
  field('Type', 'type'),
  field('Reason', 'reason'),
  { name: 'Object', cell: involved },
  wide(field('Subobject', 'involvedObject.fieldPath')),
  wide({ name: 'Source', cell: eventSource }),
  { name: 'Message', cell: (o) => textAt(o, 'message').trim() },
  wide({ name: 'First Seen', cell: (o) => ageOf(at(o, 'firstTimestamp') ?? at(o, 'eventTime')) }),
  wide({ name: 'Count', cell: eventCount }),
  wide(name),
]

/** events.k8s.io/v1 names its fields anew; the columns are the same. */
const asCoreEvent = (o: ApiObject): ApiObject => ({
  ...o,
  involvedObject: o['regarding'],
  message: o['note'],
  source: o['deprecatedSource'],
  reportingComponent: o['reportingController'],
  firstTimestamp: o['deprecatedFirstTimestamp'],
  lastTimestamp: o['deprecatedLastTimestamp'],
  count: o['deprecatedCount'],
})

const claimModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

const accessModes = (path: string): Column => ({
  name: 'Access Modes',
  cell: (o) =>
    listAt(o, path)
      .map((mode) => claimModes[text(mode)] ?? text(mode))
      .join(','),
})

const phaseOf = (o: ApiObject): string =>
  o.metadata.deletionTimestamp === undefined ? textAt(o, 'status.phase') : 'Terminating'

function quota(o: ApiObject, prefix: 'limits.' | ''): string {
  const hard = entriesAt(o, 'status.hard').filter(
    ([key]) => key.startsWith('limits.') === (prefix !== ''),
  )
  return hard
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([key, value]) =>
        `${key}: ${text(at(o, 'status.used') && (at(o, 'status.used') as Record<string, unknown>)[key])}/${text(value)}`,
    )
    .join(', ')
}

export const coreColumns: Readonly<Record<string, readonly Column[]>> = {
  '/namespaces': [name, field('Status', 'status.phase'), age],
  '/configmaps': [name, { name: 'Data', cell: dataCount }, age],
  '/secrets': [name, field('Type', 'type'), { name: 'Data', cell: dataCount }, age],
  '/events': eventColumns,
  'events.k8s.io/events': eventColumns.map((column) => ({
    ...column,
    cell: (o: ApiObject) => column.cell(asCoreEvent(o)),
  })),
  '/pods': podColumns,
  '/podtemplates': [
    name,
    {
      name: 'Containers',
      cell: (o) =>
        listAt(o, 'template.spec.containers')
          .map((c) => textAt(c, 'name'))
          .join(','),
    },
    {
      name: 'Images',
      cell: (o) =>
        listAt(o, 'template.spec.containers')
          .map((c) => textAt(c, 'image'))
          .join(','),
    },
    {
      name: 'Pod Labels',
      cell: (o) =>
        entriesAt(o, 'template.metadata.labels')
          .map(([k, v]) => `${k}=${text(v)}`)
          .join(','),
    },
  ],
  '/nodes': [
    name,
    { name: 'Status', cell: nodeStatus },
    { name: 'Roles', cell: nodeRoles },
    age,
    field('Version', 'status.nodeInfo.kubeletVersion'),
    wide({ name: 'Internal-IP', cell: nodeAddress('InternalIP') }),
    wide({ name: 'External-IP', cell: nodeAddress('ExternalIP') }),
    wide(field('OS-Image', 'status.nodeInfo.osImage', '<unknown>')),
    wide({ name: 'Kernel-Version', cell: kernel }),
    wide(field('Container-Runtime', 'status.nodeInfo.containerRuntimeVersion', '<unknown>')),
  ],
  '/resourcequotas': [
    name,
    { name: 'Request', cell: (o) => quota(o, '') },
    { name: 'Limit', cell: (o) => quota(o, 'limits.') },
    age,
  ],
  '/persistentvolumeclaims': [
    name,
    { name: 'Status', cell: phaseOf },
    field('Volume', 'spec.volumeName'),
    {
      name: 'Capacity',
      cell: (o) =>
        textAt(o, 'spec.volumeName') === '' ? '' : textAt(o, 'status.capacity.storage'),
    },
    { ...accessModes('status.accessModes') },
    field('StorageClass', 'spec.storageClassName'),
    field('VolumeAttributesClass', 'spec.volumeAttributesClassName', '<unset>'),
    age,
    wide(field('VolumeMode', 'spec.volumeMode', '<unset>')),
  ],
  '/persistentvolumes': [
    name,
    field('Capacity', 'spec.capacity.storage'),
    accessModes('spec.accessModes'),
    field('Reclaim Policy', 'spec.persistentVolumeReclaimPolicy'),
    { name: 'Status', cell: phaseOf },
    {
      name: 'Claim',
      cell: (o) => {
        const claim = at(o, 'spec.claimRef')
        return claim === undefined ? '' : `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}`
      },
    },
    field('StorageClass', 'spec.storageClassName'),
    field('VolumeAttributesClass', 'spec.volumeAttributesClassName', '<unset>'),
    field('Reason', 'status.reason'),
    age,
    wide(field('VolumeMode', 'spec.volumeMode', '<unset>')),
  ],
  '/replicationcontrollers': [
    name,
    count('Desired', 'spec.replicas'),
    count('Current', 'status.replicas'),
    count('Ready', 'status.readyReplicas'),
    age,
    wide({
      name: 'Containers',
      cell: (o) =>
        listAt(o, 'spec.template.spec.containers')
          .map((c) => textAt(c, 'name'))
          .join(','),
    }),
    wide({
      name: 'Images',
      cell: (o) =>
        listAt(o, 'spec.template.spec.containers')
          .map((c) => textAt(c, 'image'))
          .join(','),
    }),
    wide({
      name: 'Selector',
      cell: (o) =>
        orElse(
          entriesAt(o, 'spec.selector')
            .map(([k, v]) => `${k}=${text(v)}`)
            .join(','),
          '<none>',
        ),
    }),
  ],
}
