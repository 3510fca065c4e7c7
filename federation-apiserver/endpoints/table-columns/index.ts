import type { Shown } from '../transform.ts'
import { administrationColumns } from './administration.ts'
import { age, type Column, name } from './column.ts'
import { coreColumns } from './core.ts'
import { federationColumns } from './federation.ts'
import { networkColumns } from './network.ts'
import { policyColumns } from './policy.ts'
import { workloadColumns } from './workloads.ts'

/** THE table of printed columns by group/resource; other resources show name and age. */
const columns: Readonly<Record<string, readonly Column[]>> = {
  ...coreColumns,
  ...workloadColumns,
  ...networkColumns,
  ...policyColumns,
  ...administrationColumns,
  ...federationColumns,
}

const fallback: readonly Column[] = [name, age]

export const columnsOf = (resource: Shown): readonly Column[] =>
  columns[`${resource.group}/${resource.resource}`] ?? fallback
