import type { PackageRules, StructRules } from './check.ts'
import { networkRules } from './network.ts'
import { podRules } from './pods.ts'
import { quotaRules } from './quotas.ts'
import { rbacRules } from './rbac.ts'
import { dataRules } from './data.ts'
import { administrationRules } from './administration.ts'
import { aggregationRules } from './aggregation.ts'
import { authorizationRules } from './authorization.ts'
import { deviceRules } from './devices.ts'
import { policyRules } from './policies.ts'
import { storageRules } from './storage.ts'
import { workloadRules } from './workloads.ts'

const tables: readonly Readonly<Record<string, PackageRules>>[] = [
  podRules,
  workloadRules,
  networkRules,
  rbacRules,
  dataRules,
  { 'io.k8s.api.core.v1': quotaRules },
  storageRules,
  policyRules,
  deviceRules,
  administrationRules,
  aggregationRules,
  authorizationRules,
]

/** Rules by definition name. */
export const rules: ReadonlyMap<string, StructRules> = new Map(
  tables.flatMap((table) =>
    Object.entries(table).flatMap(([prefix, structs]) =>
      Object.entries(structs).map(([name, of]) => [`${prefix}.${name}`, of] as const),
    ),
  ),
)
