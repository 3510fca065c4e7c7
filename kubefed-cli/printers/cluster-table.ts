import type { Cluster } from '#apimachinery/schema/federation.ts'
import { printTable } from './printer.ts'

export interface TableFlags {
  readonly noHeaders: boolean
  readonly showLabels: boolean
}

/** One cluster as a line of `-o wide`. */
export function printClusterTable(cluster: Cluster, { noHeaders, showLabels }: TableFlags): string {
  const { metadata, status, spec } = cluster
  const isReady =
    status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true
  const labels = Object.entries(metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`)
  const columns: readonly (readonly [header: string, cell: string])[] = [
    ['NAME', metadata.name],
    ['STATUS', isReady ? 'Ready' : 'NotReady'],
    ['VERSION', orElse(status?.version, '<unknown>')],
    ['REGION', orElse(status?.region, '<none>')],
    ['ZONES', orElse(status?.zones?.join(','), '<none>')],
    ['SERVER', spec.serverAddressByClientCIDRs.map((entry) => entry.serverAddress).join(',')],
    ...(showLabels ? ([['LABELS', orElse(labels.toSorted().join(','), '<none>')]] as const) : []),
  ]
  const cells = columns.map(([, cell]) => cell)
  return printTable(noHeaders ? [cells] : [columns.map(([header]) => header), cells])
}

const orElse = (text: string | undefined, otherwise: string): string =>
  text === undefined || text === '' ? otherwise : text
