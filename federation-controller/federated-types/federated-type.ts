import type { FederatedResource } from '#apimachinery/schema/federated-resources.ts'
import type { PlacementCondition } from '#apimachinery/schema/federation.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'

/** What one member made of an object, for a summed status. */
export interface MemberCopy {
  readonly cluster: string
  readonly object: ApiObject
  /** The copy is that of the source's present generation. */
  readonly current: boolean
}

/** Why a member has not taken what it shall have: a conflict, or a write that failed. */
export interface Refusal {
  readonly cluster: string
  readonly reason: string
  readonly message: string
}

export interface StatusInput {
  readonly source: ApiObject
  /** Copies in members that answer, in the order of cluster names. */
  readonly copies: readonly MemberCopy[]
  /** Every placed member that answers has a copy, and each copy is current. */
  readonly complete: boolean
  /** The condition of the object's PlacementDecision; undefined before anything was decided. */
  readonly placed: PlacementCondition | undefined
  /** Clusters that have a share and are not Ready: their copies are not among `copies`. */
  readonly away: readonly string[]
  /** What members have against it, in the order of cluster names: there is no copy, or an old one. */
  readonly refusals: readonly Refusal[]
  /** RFC 3339, for transition times. */
  readonly now: string
}

/**
 * How one kind is distributed. All functions are pure and never change what they are given.
 * "Body" is an object without apiVersion, kind, metadata and status.
 */
export interface FederatedType extends FederatedResource {
  /** True: this object stays in the federation, beyond what never leaves for any kind. */
  readonly excluded?: (source: ApiObject) => boolean
  /** The body that members shall have, from the federated object's. Absent: the body as it is. */
  readonly body?: (source: JsonObject) => JsonObject
  /** The desired body with the fields that the member owns taken over from its object. Absent: nothing is taken over. */
  readonly retain?: (desired: JsonObject, member: JsonObject) => JsonObject
  /** The part of a member's body that is ours, to see drift. Absent: all of it. */
  readonly relevant?: (member: JsonObject, desired: JsonObject) => JsonObject
  /** Label keys that each API server sets by itself. */
  readonly serverLabels?: readonly string[]
  /** Annotation keys that members' controllers own; a value on the federated object is not distributed. */
  readonly memberAnnotations?: readonly string[]
  /** True: an object that is already there is marked and used, and left when ours goes. False: it is a conflict. */
  readonly adopts?: true
  /** Status of the federated object; undefined when there is nothing to say yet. */
  readonly status?: (input: StatusInput) => JsonObject | undefined
}
