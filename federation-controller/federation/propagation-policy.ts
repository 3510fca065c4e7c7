import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isSystemNamespace } from '#apimachinery/schema/federation.ts'
import type { FederatedType } from '../federated-types/federated-type.ts'

/**
 * THE predicate of what never leaves the federation (for deletion, too: what never left is never taken back).
 * It depends on names and types only, which cannot change, so an object never moves from one side to the other.
 */
export function neverLeaves(type: FederatedType, source: ApiObject): boolean {
  const { name } = source.metadata
  const namespace = type.kind === 'Namespace' ? name : source.metadata.namespace
  if (namespace !== undefined && isSystemNamespace(namespace)) return true
  if (type.kind === 'ServiceAccount' && name === 'default') return true
  return type.excluded?.(source) ?? false
}
