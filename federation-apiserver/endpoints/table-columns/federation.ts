import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { clusterState } from '#apimachinery/schema/cluster-state.ts'
import type { Cluster } from '#apimachinery/schema/federation.ts'
import { age, type Column, listAt, name, orElse, text, textAt } from './column.ts'

const perCluster = (object: ApiObject, show: (row: unknown) => string): string =>
  orElse(listAt(object, 'status.clusters').map(show).join(','), '<none>')

export const federationColumns: Readonly<Record<string, readonly Column[]>> = {
  'federation/clusters': [
    name,
    { name: 'Status', cell: (o) => clusterState((o as Cluster).status) },
    { name: 'Version', cell: (o) => orElse(textAt(o, 'status.version'), '<unknown>') },
    { name: 'Region', cell: (o) => orElse(textAt(o, 'status.region'), '<none>') },
    { name: 'Zones', cell: (o) => orElse(listAt(o, 'status.zones').map(text).join(','), '<none>') },
    age,
    {
      name: 'Server',
      wide: true,
      cell: (o) =>
        listAt(o, 'spec.serverAddressByClientCIDRs')
          .map((a) => textAt(a, 'serverAddress'))
          .join(','),
    },
  ],
  'federation/placementdecisions': [
    name,
    { name: 'Kind', cell: (o) => textAt(o, 'spec.objectRef.kind') },
    { name: 'Object', cell: (o) => textAt(o, 'spec.objectRef.name') },
    {
      name: 'Clusters',
      cell: (o) =>
        perCluster(o, (row) => {
          const replicas = textAt(row, 'replicas')
          return `${textAt(row, 'cluster')}${replicas === '' ? '' : `=${replicas}`}`
        }),
    },
    { name: 'State', cell: summary },
    age,
    {
      name: 'Reason',
      wide: true,
      cell: (o) => {
        const rows = listAt(o, 'status.clusters').filter((row) => textAt(row, 'message') !== '')
        const reasons = rows.map((row) => `${textAt(row, 'cluster')}: ${textAt(row, 'message')}`)
        return [textAt(placedOf(o), 'message'), ...reasons].filter(Boolean).join('; ')
      },
    },
  ],
  'federation/tombstones': [
    name,
    { name: 'Cluster', cell: (o) => textAt(o, 'spec.cluster') },
    {
      name: 'Resource',
      cell: (o) => [textAt(o, 'spec.resource'), textAt(o, 'spec.group')].filter(Boolean).join('.'),
    },
    {
      name: 'Object',
      cell: (o) => [textAt(o, 'spec.namespace'), textAt(o, 'spec.name')].filter(Boolean).join('/'),
    },
    age,
  ],
  'federation/servicednsrecords': [
    name,
    {
      name: 'Healthy',
      cell: (o) => {
        const rows = listAt(o, 'status.clusters')
        return `${rows.filter((row) => textAt(row, 'health') === 'Healthy').length}/${rows.length}`
      },
    },
    {
      name: 'Addresses',
      cell: (o) => perCluster(o, (row) => listAt(row, 'addresses').map(text).join(',')),
    },
    age,
  ],
}

const placedOf = (decision: ApiObject): unknown =>
  listAt(decision, 'status.conditions').find((c) => textAt(c, 'type') === 'Placed')

/** One word for all members: the worst state there is, or Synced. Unplaced: something of it is in no member. */
function summary(decision: ApiObject): string {
  const states = new Set(listAt(decision, 'status.clusters').map((row) => textAt(row, 'state')))
  if (textAt(placedOf(decision), 'status') === 'False') states.add('Unplaced')
  const worstFirst = ['Conflict', 'Failed', 'Unplaced', 'Pending', 'Synced']
  return worstFirst.find((state) => states.has(state)) ?? '<none>'
}
