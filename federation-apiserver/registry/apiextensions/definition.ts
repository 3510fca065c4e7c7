import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'
import type { JsonSchema } from '#apimachinery/structural/json-schema.ts'

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

export interface CustomResourceNames {
  plural: string
  singular?: string
  kind: string
  listKind?: string
  shortNames?: string[]
  categories?: string[]
}

export interface PrinterColumn {
  name: string
  type: string
  jsonPath: string
  format?: string
  description?: string
  priority?: number
}

export interface CustomResourceVersion {
  name: string
  served: boolean
  storage: boolean
  deprecated?: boolean
  deprecationWarning?: string
  schema?: { openAPIV3Schema?: JsonSchema }
  subresources?: {
    status?: object
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string }
  }
  additionalPrinterColumns?: PrinterColumn[]
  selectableFields?: { jsonPath: string }[]
}

export interface CustomResourceDefinitionSpec {
  group: string
  scope: 'Namespaced' | 'Cluster' | ''
  names: CustomResourceNames
  versions: CustomResourceVersion[]
  conversion?: { strategy: string; webhook?: JsonObject }
  preserveUnknownFields?: boolean
}

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  lastTransitionTime?: string
}

export interface CustomResourceDefinitionStatus {
  conditions?: Condition[] | null
  acceptedNames?: CustomResourceNames
  storedVersions?: string[] | null
}

/** One that nobody has validated yet may have no versions. */
export function specOf(object: Readonly<ApiObject>): CustomResourceDefinitionSpec {
  const spec = object.spec as unknown as CustomResourceDefinitionSpec
  return { ...spec, versions: spec.versions ?? [] }
}

export const statusOf = (object: Readonly<ApiObject>): CustomResourceDefinitionStatus =>
  (object.status ?? {}) as CustomResourceDefinitionStatus

export const conditionOf = (object: Readonly<ApiObject>, type: string): Condition | undefined =>
  statusOf(object).conditions?.find((condition) => condition.type === type)

export const isTrue = (object: Readonly<ApiObject>, type: string): boolean =>
  conditionOf(object, type)?.status === 'True'

/** Conditions with one set; its time changes with its status. */
export function withCondition(
  conditions: readonly Condition[],
  condition: Omit<Condition, 'lastTransitionTime'>,
): Condition[] {
  const before = conditions.find(({ type }) => type === condition.type)
  const isSame = before !== undefined && before.status === condition.status
  const made = {
    ...condition,
    lastTransitionTime: (isSame ? before.lastTransitionTime : undefined) ?? now(),
  }
  return before === undefined
    ? [...conditions, made]
    : conditions.map((one) => (one.type === condition.type ? made : one))
}
