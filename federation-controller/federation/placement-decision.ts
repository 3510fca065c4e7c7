import { formatGroupResource, formatGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  type ClusterPlacement,
  federationGroupVersion,
  federationSystemNamespace,
  type PlacementCondition,
  type PlacementDecision,
} from '#apimachinery/schema/federation.ts'
import type { FederatedType } from '../federated-types/federated-type.ts'
import { hashOf } from './hash.ts'

const longestName = 253
const validName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

/** `deployments.apps.web`; a digest stands for a name that would be too long, or that this kind must not have. */
export function decisionName(type: FederatedType, name: string): string {
  const prefix = formatGroupResource(type)
  const plain = `${prefix}.${name}`
  if (plain.length <= longestName && validName.test(plain)) return plain
  return `${prefix}.${Buffer.from(hashOf(name), 'base64url').toString('hex')}`
}

/** Name and namespace of the decision about an object. */
export const decisionRef = (
  type: FederatedType,
  source: ApiObject,
): { name: string; namespace: string } => ({
  name: decisionName(type, source.metadata.name),
  namespace: source.metadata.namespace ?? federationSystemNamespace,
})

/** `resource.group namespace/name` of the object that a decision is about. */
export function placementKeyOf({ spec }: PlacementDecision): string {
  const { resource, group, namespace, name } = spec.objectRef
  return `${resource}.${group} ${namespace === undefined ? name : `${namespace}/${name}`}`
}

export interface PlacementFacts {
  readonly type: FederatedType
  readonly source: ApiObject
  readonly generation: number | undefined
  readonly rows: ReadonlyMap<string, ClusterPlacement>
  readonly placed: PlacementCondition | undefined
}

/** The object to store: owned by what it is about, so that it goes with it. Rows are in the order of clusters. */
export function decisionOf(facts: PlacementFacts): PlacementDecision {
  const { type, source, generation, rows, placed } = facts
  const { name, namespace, uid = '' } = source.metadata
  const apiVersion = formatGroupVersion(type)
  const { group, version, resource, kind } = type
  return {
    apiVersion: formatGroupVersion(federationGroupVersion),
    kind: 'PlacementDecision',
    metadata: {
      ...decisionRef(type, source),
      ownerReferences: [{ apiVersion, kind, name, uid }],
    },
    spec: {
      objectRef: {
        group,
        version,
        resource,
        kind,
        ...(namespace === undefined ? {} : { namespace }),
        name,
        uid,
      },
    },
    status: {
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(placed === undefined ? {} : { conditions: [placed] }),
      clusters: [...rows.values()].sort((a, b) => (a.cluster < b.cluster ? -1 : 1)),
    },
  }
}
