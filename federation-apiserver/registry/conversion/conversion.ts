import type { ApiObject } from '#apimachinery/meta/object-meta.ts'

/**
 * Between the stored form of a resource (the hub) and another version of it. Both directions own what they are given and return
 * a whole object; a round trip loses nothing.
 */
export interface Conversion {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly toHub: (object: ApiObject) => ApiObject
  readonly fromHub: (object: ApiObject) => ApiObject
  /** The hub's name of a field label of this version, for field selectors; undefined when this version has no such label. */
  readonly fieldLabel?: (label: string) => string | undefined
}
