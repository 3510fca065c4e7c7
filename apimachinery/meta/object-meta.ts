/** A JSON object as it travels; values are checked against the schema, not by the compiler. */
export type JsonObject = { [field: string]: unknown }

/** metav1.OwnerReference. */
export interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** metav1.ObjectMeta, the fields this project reads or writes. Times are RFC 3339 strings with whole seconds. */
export interface ObjectMeta {
  name: string
  namespace?: string
  generateName?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
  finalizers?: string[]
  managedFields?: JsonObject[]
}

/** Any Kubernetes object: type, metadata and the rest as the schema says. */
export interface ApiObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  spec?: JsonObject
  status?: JsonObject
  [field: string]: unknown
}

/** A list as the API returns it; items of built-in kinds may lack apiVersion and kind on the wire. */
export interface ApiList<T = ApiObject> {
  apiVersion: string
  kind: string
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
  items: T[]
}

/** One line of a watch stream. For BOOKMARK the object has only kind, apiVersion and metadata; for ERROR it is a Status. */
export interface WatchEvent<T = ApiObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: T
}
