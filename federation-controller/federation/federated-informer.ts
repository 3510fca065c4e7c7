import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ApiClient } from '#client/api-client.ts'
import { Informer } from '#client/informer.ts'
import type { Logger } from 'pino'
import type { FederatedType } from '../federated-types/federated-type.ts'
import type { MemberClusters } from './member-clusters.ts'
import { MemberInformers } from './member-informers.ts'
import { managedSelector } from './ownership.ts'

export interface FederatedInformerOptions {
  readonly type: FederatedType
  /** The federation's own API. */
  readonly client: ApiClient
  readonly members: MemberClusters
  readonly logger: Logger
}

/** One kind: the federated objects, and the copies in every member. */
export class FederatedInformer {
  readonly type: FederatedType
  readonly federation: Informer<ApiObject>
  /** Copies only: objects with the managed label. */
  readonly members: MemberInformers

  constructor({ type, client, members, logger }: FederatedInformerOptions) {
    this.type = type
    this.federation = new Informer({
      client,
      gvr: type,
      logger,
      transform: (object) => {
        delete object.metadata.managedFields
        return object
      },
    })
    this.members = new MemberInformers({
      gvr: type,
      labelSelector: managedSelector,
      members,
      logger,
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.federation.run(signal), this.members.run(signal)])
  }
}
