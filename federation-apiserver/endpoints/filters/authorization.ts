import type { NextFunction, RequestHandler } from 'express'
import { after } from '#apimachinery/meta/awaitable.ts'
import { newForbidden, newStatusError } from '#apimachinery/errors/status-error.ts'
import type { StatusError } from '#apimachinery/errors/status-error.ts'
import type { UserInfo } from '../../authentication/user-info.ts'
import type { Attributes, Authorizer } from '../../authorization/attributes.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import type { RequestInfo } from '../request-info.ts'

export const attributesOf = (info: RequestInfo, user: UserInfo): Attributes => ({
  user,
  verb: info.verb,
  group: info.group,
  version: info.version,
  resource: info.resource,
  subresource: info.subresource,
  namespace: info.namespace,
  name: info.name,
  resourceRequest: info.resourceRequest,
  path: info.path,
})

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** What a client may have made up, so that no browser takes a refusal for a page. */
const escaped = (text: string): string => text.replace(/[&<>]/g, (found) => entities[found] ?? '')

/** 403 in the words that people search for. */
export function refusal(asked: Attributes, reason: string): StatusError {
  const because = reason === '' ? '' : `: ${reason}`
  const user = escaped(JSON.stringify(asked.user.name))
  if (!asked.resourceRequest) {
    return newStatusError({
      code: 403,
      reason: 'Forbidden',
      message: `forbidden: User ${user} cannot ${escaped(`${asked.verb} path ${JSON.stringify(asked.path)}`)}${because}`,
      details: {},
    })
  }
  const resource =
    asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`
  const where =
    asked.namespace === '' ? 'at the cluster scope' : `in the namespace "${asked.namespace}"`
  return newForbidden(
    { group: asked.group, resource: asked.resource },
    asked.name,
    `User ${user} cannot ${escaped(`${asked.verb} resource "${resource}" in API group "${asked.group}" ${where}`)}${because}`,
  )
}

/** Refusals say so much of what a client sent that no browser is to guess what they are. */
export const noSniffing = (res: ApiResponse): void => {
  res.setHeader('x-content-type-options', 'nosniff')
}

/** Lets through what the user may do; the last filter before the handlers. */
export const withAuthorization =
  (authorizer: Authorizer): RequestHandler =>
  (_req: ApiRequest, res, next: NextFunction) => {
    const { info, user } = (res as ApiResponse).locals
    const asked = attributesOf(info, user)
    return after(authorizer.authorize(asked), ({ allowed, reason }) => {
      if (!allowed) {
        noSniffing(res as ApiResponse)
        throw refusal(asked, reason)
      }
      next()
    })
  }
