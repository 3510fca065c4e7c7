import type { FieldError } from '#apimachinery/errors/field-error.ts'
import type { StoredBody, StoredObject } from '../storage/interface.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'

export type RequestVerb =
  'create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** Who asks, as far as rules of resources care. */
export interface RequestUser {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export interface StrategyContext {
  readonly user: RequestUser
  /** The label of the subresource written to; '' for the object itself. */
  readonly subresource: string
  readonly dryRun: boolean
  /** The API group that the client speaks. */
  readonly group: string
}

export interface DeletionRequest {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

/**
 * What is special to one resource. Objects are whole (apiVersion and kind of the hub version), defaulted, and owned by the callee:
 * prepare… changes them in place. `old` is frozen. Everything is optional: the rest is the same for all resources.
 */
export interface Strategy {
  readonly group: string
  readonly resource: string
  /** What is wrong with a name of this object, or with its generateName (a prefix); DNS-1123 subdomain when absent. */
  readonly validateName?: (
    name: string,
    object: Readonly<ApiObject>,
    isPrefix: boolean,
  ) => readonly string[]
  /** Metadata is judged only when nothing else is wrong with a new object. */
  readonly judgesMetadataLast?: true
  /** What an update may not change is told before what is wrong with the new state. */
  readonly tellsChangesFirst?: true
  /** metadata.generation counts changes of spec; of Deployments of annotations and of EndpointSlices of labels too, of custom resources without the subresource of status. */
  readonly generation?: true | 'annotations' | 'labels' | 'status'
  /** PUT of a missing object creates it. */
  readonly createOnUpdate?: true
  /** PUT needs metadata.resourceVersion. */
  readonly needsResourceVersion?: true
  /** A delete that says nothing about dependents leaves them. */
  readonly orphansByDefault?: true
  /** Said to who deletes without a word about dependents. */
  readonly orphansWarning?: string
  /** What a write to status leaves as it is: labels, or all that others than the server may change of metadata. */
  readonly statusKeeps?: 'labels' | 'metadata'
  /** A complete delete answers with the object, not with a Status. */
  readonly returnsDeleted?: true
  /** The status given at creation is kept. */
  readonly keepsStatusOnCreate?: true
  /** What the status of a new object has besides the zeros that Go writes. */
  readonly initialStatus?: JsonObject
  /** Seconds after which objects vanish by themselves. */
  readonly ttlSeconds?: number
  /** Field labels for field selectors beyond metadata.name and metadata.namespace. */
  readonly fields?: Readonly<Record<string, (object: SelectableObject) => string>>
  /** What is said of a field label that is not among them. */
  readonly unknownField?: (label: string) => string
  readonly prepareForCreate?: (object: ApiObject, context: StrategyContext) => void
  /** Of a valid new object: defaults that follow from what the server has given it. */
  readonly prepareForStorage?: (object: ApiObject) => void
  readonly prepareForUpdate?: (
    object: ApiObject,
    old: Readonly<ApiObject>,
    context: StrategyContext,
  ) => void
  /** Gives the object what only the server can give; `existing` reads all objects of the resource. Runs before validation. */
  readonly allocate?: (
    object: ApiObject,
    existing: () => Promise<readonly StoredObject[]>,
  ) => Promise<void>
  readonly validate?: (object: ApiObject, context: StrategyContext) => readonly FieldError[]
  /** Of new objects only. */
  readonly validateCreate?: (object: ApiObject, context: StrategyContext) => readonly FieldError[]
  readonly validateUpdate?: (
    object: ApiObject,
    old: Readonly<ApiObject>,
    context: StrategyContext,
  ) => readonly FieldError[]
  /** Throws StatusError when this object may not be deleted. */
  readonly checkDelete?: (object: Readonly<ApiObject>) => void
  /** Seconds that a delete waits for somebody else to finish; 0 when absent. */
  readonly gracePeriod?: (object: Readonly<ApiObject>, request: DeletionRequest) => number
  /** The object is still held by something that is no metadata.finalizer (namespaces). */
  readonly isHeld?: (object: Readonly<ApiObject>) => boolean
  /** Runs when an object that stays is marked for deletion. */
  readonly markDeleted?: (object: ApiObject) => void
  /** Subresources with rules of their own, by name; status and scale are built in. */
  readonly subresources?: Readonly<Record<string, SubresourceStrategy>>
}

/** A write to a subresource that is a view of the object: takes what it may change from `given`. */
export interface SubresourceStrategy {
  readonly merge: (given: ApiObject, old: Readonly<ApiObject>) => ApiObject
}

/** What selectors see: an object without apiVersion and kind. */
export type SelectableObject = StoredBody
