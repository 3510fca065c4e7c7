import type { NextFunction, RequestHandler } from 'express'
import type { Authorizer } from '../../authorization/attributes.ts'
import { impersonate } from '../../authorization/impersonation.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { refusal } from './authorization.ts'

/** Replaces the user by the one that Impersonate- headers name, when the sender may act as that one. */
export const withImpersonation =
  (authorizer: Authorizer): RequestHandler =>
  async (req: ApiRequest, res, next: NextFunction) => {
    const { locals } = res as ApiResponse
    locals.user = await impersonate(locals.user, req.rawHeaders, { authorizer, refuse: refusal })
    next()
  }
