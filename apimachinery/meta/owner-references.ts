import { parseGroupVersion } from './group-version.ts'
import type { ApiObject, OwnerReference } from './object-meta.ts'

/** The owner that manages the object; there is one at most. */
export const controllerOf = ({ metadata }: ApiObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)

/** The reference that makes `owner` the managing owner of what carries it. The owner must have its uid. */
export function controllerReference(owner: ApiObject): OwnerReference {
  const { name, uid } = owner.metadata
  if (uid === undefined) throw new TypeError(`${owner.kind} ${name} has no uid yet`)
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}

export const isOwnedBy = ({ metadata }: ApiObject, ownerUid: string): boolean =>
  metadata.ownerReferences?.some(({ uid }) => uid === ownerUid) ?? false

/** True when the reference is to this group and kind, whatever the version. */
export const refersTo = (
  reference: OwnerReference,
  owner: { group: string; kind: string },
): boolean =>
  reference.kind === owner.kind && parseGroupVersion(reference.apiVersion).group === owner.group
