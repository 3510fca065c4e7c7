import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  adoptAnnotation,
  adoptedAnnotation,
  federationUIDAnnotation,
  managedLabel,
  propagatedKeysAnnotation,
  sourceUIDAnnotation,
} from '#apimachinery/schema/federation.ts'

/** Selects the copies in a member; a copy that lost the label is found when it is next written. */
export const managedSelector = `${managedLabel}=true`

/** What an object in a member is to this federation. Another federation's copy is as foreign as a user's object. */
export type Ownership = 'ours' | 'foreign'

export const ownershipOf = (copy: ApiObject, federationUID: string): Ownership =>
  copy.metadata.annotations?.[federationUIDAnnotation] === federationUID ? 'ours' : 'foreign'

export const sourceUIDOf = (copy: ApiObject): string | undefined =>
  copy.metadata.annotations?.[sourceUIDAnnotation]

/** True: it was there before us, we only marked it. */
export const isAdopted = (copy: ApiObject): boolean =>
  copy.metadata.annotations?.[adoptedAnnotation] === 'true'

/** True of a federated object that shall take over what is in a member already. */
export const wantsAdoption = (source: ApiObject): boolean =>
  source.metadata.annotations?.[adoptAnnotation] === 'true'

/** A merge patch that makes a copy an object like any other; what the federation wrote into it stays. */
export const releasePatch = (copy: ApiObject): object => ({
  metadata: {
    ...(copy.metadata.resourceVersion === undefined
      ? {}
      : { resourceVersion: copy.metadata.resourceVersion }),
    labels: { [managedLabel]: null },
    annotations: {
      [federationUIDAnnotation]: null,
      [sourceUIDAnnotation]: null,
      [propagatedKeysAnnotation]: null,
      [adoptedAnnotation]: null,
    },
  },
})
