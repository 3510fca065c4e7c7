import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { templateGeneration } from '#apimachinery/schema/defaults.ts'

/**
 * Annotations that are fields of Kubernetes' internal types, by `apiVersion/kind`. Metadata alone is made of those, and never has them.
 */
const fieldsInside: Readonly<Record<string, string>> = { 'apps/v1/DaemonSet': templateGeneration }

function metadataOf({ apiVersion, kind, metadata }: Readonly<ApiObject>): JsonObject {
  const { annotations, ...rest } = metadata
  const inside = fieldsInside[`${apiVersion}/${kind}`]
  if (inside === undefined || annotations?.[inside] === undefined) return { ...metadata }
  const { [inside]: _, ...others } = annotations
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others }
}

/** meta.k8s.io PartialObjectMetadata in a version, v1 or v1beta1. */
export const partialMetadata = (object: Readonly<ApiObject>, version: string): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata: metadataOf(object),
})
