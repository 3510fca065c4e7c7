import type { FieldError } from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { networkRules } from './network.ts'
import { podRules } from './pods.ts'
import { rbacRules } from './rbac.ts'
import { dataRules } from './data.ts'
import { workloadRules } from './workloads.ts'

/** What is wrong between the fields of one struct; `path` is where it is, '' for the object itself. */
export type Rule = (object: JsonObject, path: string) => FieldError[]

/** Rules by definition name. */
export const rules: ReadonlyMap<string, Rule> = new Map([
  ...podRules,
  ...workloadRules,
  ...networkRules,
  ...rbacRules,
  ...dataRules,
])
