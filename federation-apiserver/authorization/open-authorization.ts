import type { Logger } from 'pino'
import type { AdmissionPlugin } from '../registry/admission.ts'
import type { ReviewHandlers } from '../registry/review.ts'
import type { WriteOptions } from '../registry/store.ts'
import type { Authorizer } from './attributes.ts'
import { bootstrapPolicy } from './bootstrap-policy.ts'
import { rbacEscalation } from './rbac-admission.ts'
import { RbacAuthorizer } from './rbac.ts'
import { keepAggregatedRoles, reconcilePolicy } from './reconcile-policy.ts'
import { accessReviews } from './reviews.ts'
import { type RbacStores, StoredRules } from './rule-source.ts'

export interface AuthorizationOptions {
  readonly stores: RbacStores
  /** Options of the server's own writes. */
  readonly write: WriteOptions
  /** True: the federation's own API, with the roles of its programs. */
  readonly federation: boolean
  readonly logger: Logger
}

export interface Authorization extends AsyncDisposable {
  readonly authorizer: Authorizer
  /** Refuses writes of roles and bindings that give more than their writer holds. */
  readonly admission: AdmissionPlugin
  /** Create-only resources of authorization.k8s.io. */
  readonly reviews: ReviewHandlers
}

/**
 * Role-based access control over the server's own storage: brings the default roles and bindings in, then follows changes until
 * disposal. When it resolves, everything that storage says is effective.
 */
export async function openAuthorization(options: AuthorizationOptions): Promise<Authorization> {
  const { stores, write, logger } = options
  await reconcilePolicy({ stores, write }, bootstrapPolicy(options))
  const stop = new AbortController()
  const { signal } = stop
  const rules = new StoredRules(stores, { logger })
  const following = Promise.withResolvers<void>()
  const running = Promise.all([
    rules.run(signal, following.resolve),
    keepAggregatedRoles({ stores, write }, { signal, logger }),
  ])
  await following.promise
  const authorizer = new RbacAuthorizer(rules)
  return {
    authorizer,
    admission: rbacEscalation({ authorizer, rules }),
    reviews: accessReviews({ authorizer, rules }),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}
