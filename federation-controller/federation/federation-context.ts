import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ApiClient } from '#client/api-client.ts'
import type { Logger } from 'pino'
import type { FederatedType } from '../federated-types/federated-type.ts'
import type { FederatedInformer } from './federated-informer.ts'
import type { MemberClusters } from './member-clusters.ts'
import type { PlacementStore } from './placement-store.ts'

export interface ObjectEvent {
  readonly type: 'Normal' | 'Warning'
  /** UpperCamelCase. */
  readonly reason: string
  readonly message: string
}

/** Writes Events about objects, in the background; they may be dropped, they never fail. */
export interface ObjectEvents {
  event(object: ApiObject, event: ObjectEvent): void
}

/** What the controllers of a federation share. */
export interface FederationContext {
  /** The federation's own API. */
  readonly client: ApiClient
  /** UID of the namespace federation-system: marks every copy. */
  readonly federationUID: string
  readonly members: MemberClusters
  readonly placements: PlacementStore
  readonly types: readonly FederatedType[]
  /** One a type, shared by all. */
  readonly informerOf: (type: FederatedType) => FederatedInformer
  readonly events: ObjectEvents
  readonly logger: Logger
}
