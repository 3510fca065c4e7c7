import type { RequestHandler } from 'express'
import type { Logger } from 'pino'
import { isInternalError } from '#apimachinery/errors/status-error.ts'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { Authorizer } from './authorization/attributes.ts'
import { bootstrapPolicy } from './authorization/bootstrap-policy.ts'
import type { UserInfo } from './authentication/user-info.ts'
import { createOnUpdateRights } from './authorization/create-on-update.ts'
import { Impersonation } from './authorization/impersonation.ts'
import { requestedUser } from './authorization/impersonation-headers.ts'
import { RbacAuthorizer } from './authorization/rbac.ts'
import { rbacEscalation } from './authorization/rbac-admission.ts'
import { keepAggregatedRoles, reconcilePolicy } from './authorization/reconcile-policy.ts'
import { accessReviews } from './authorization/reviews.ts'
import { type RbacStores, StoredRules } from './authorization/rule-source.ts'
import { systemWrite } from './bootstrap.ts'
import type { ApiResponse } from './endpoints/exchange.ts'
import { attributesOf, noSniffing, refusal } from './endpoints/filters/authorization.ts'
import type { AdmissionPlugin } from './registry/admission.ts'
import type { ReviewHandlers } from './registry/review.ts'
import type { Store } from './registry/store.ts'
import { storeOf } from './serve-resources.ts'

export interface Authorization {
  readonly authorizer: Authorizer
  /** Nobody gives away more rights than they hold, nor creates by PUT without the right to. */
  readonly admission: readonly AdmissionPlugin[]
  readonly reviews: ReviewHandlers
  /** The user whom the Impersonate- headers name, if the sender may. */
  readonly impersonation: RequestHandler
}

const rbacStores = (stores: ReadonlyMap<string, Store>): RbacStores => {
  const of = (resource: string): Store =>
    storeOf(stores, { group: 'rbac.authorization.k8s.io', resource })
  return {
    roles: of('roles'),
    clusterRoles: of('clusterroles'),
    roleBindings: of('rolebindings'),
    clusterRoleBindings: of('clusterrolebindings'),
  }
}

function withImpersonation(authorizer: Authorizer): RequestHandler {
  const impersonation = new Impersonation({ authorizer, refuse: refusal })
  const become = async (res: ApiResponse, as: UserInfo): Promise<void> => {
    const { locals } = res
    locals.user = await impersonation.userFor(attributesOf(locals.info, locals.user), as)
  }
  return (req, response, next) => {
    const res = response as ApiResponse
    const refuse = (err: unknown): void => {
      noSniffing(res)
      next(err)
    }
    try {
      // rawHeaders of HTTP/2 are in the same form.
      const as = requestedUser(req.rawHeaders)
      if (as !== undefined) return become(res, as).then(() => next(), refuse)
    } catch (err) {
      return refuse(err)
    }
    return next()
  }
}

/**
 * RBAC over the stored roles and bindings, with the default ones brought in. What keeps it current runs until `stack` is
 * disposed.
 */
export async function openAuthorization(
  parts: {
    readonly stores: ReadonlyMap<string, Store>
    readonly scheme: Scheme
    readonly federation: boolean
    readonly logger: Logger
  },
  stack: AsyncDisposableStack,
): Promise<Authorization> {
  const { logger, federation } = parts
  const stores = rbacStores(parts.stores)
  const context = { stores, write: systemWrite('') }
  try {
    await reconcilePolicy(context, bootstrapPolicy({ federation }))
  } catch (err) {
    // A stored role that cannot be read is no reason not to start.
    if (!isInternalError(err)) throw err
    logger.error({ err }, 'the default roles and bindings could not all be brought in')
  }

  const abort = new AbortController()
  const rules = new StoredRules(stores, { logger })
  const following = Promise.withResolvers<void>()
  const running = Promise.all([
    rules.run(abort.signal, following.resolve),
    keepAggregatedRoles(context, { signal: abort.signal, logger }),
  ])
  stack.defer(async () => {
    abort.abort()
    await running
  })
  await following.promise

  const authorizer = new RbacAuthorizer(rules)
  return {
    authorizer,
    admission: [createOnUpdateRights(authorizer, refusal), rbacEscalation({ authorizer, rules })],
    reviews: accessReviews({ authorizer, rules, scheme: parts.scheme }),
    impersonation: withImpersonation(authorizer),
  }
}
