import type { NextFunction, RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { ApiRequest, ApiResponse } from '../exchange.ts'

/** Answers that take longer are logged as slow; watches are meant to. */
const slowMs = 1000

/** What a client chose freely is cut. */
const maxTextLength = 256

/** Why a balancer looks elsewhere is logged where it is found out, not at each look. */
const healthPaths = /^\/(healthz|livez|readyz)(\/|$)/

const isEmpty = (value: unknown): boolean => value === undefined || value === ''

/** Undefined when the connection has gone, which HTTP/2 does not forgive. */
function addressOf(req: ApiRequest): string | undefined {
  try {
    return req.socket.remoteAddress
  } catch {
    return undefined
  }
}

/** A request without its query, headers and body: those may hold what nobody else is to know. */
function fieldsOf(req: ApiRequest, res: ApiResponse): Record<string, unknown> {
  const { auditID, info, user, clientUser, sentOctets } = res.locals
  const fields = {
    auditID,
    verb: info.verb,
    path: info.path.slice(0, maxTextLength),
    group: info.resourceRequest ? info.group : '',
    resource: info.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name.slice(0, maxTextLength),
    user: user?.name,
    impersonatedBy: clientUser?.name === user?.name ? undefined : clientUser?.name,
    userAgent: req.headers['user-agent']?.slice(0, maxTextLength),
    remoteAddress: addressOf(req),
    octets: sentOctets,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)))
}

/**
 * Logs each request once when it is over: as an error with what was thrown, or as failed, when it was answered with 5xx; as slow when it
 * took more than a second; all others at debug. Code 0 is a client that left before the answer.
 */
export const withRequestLog =
  (logger: Logger): RequestHandler =>
  (req: ApiRequest, res, next: NextFunction) => {
    const response = res as ApiResponse
    const began = performance.now()
    response.locals.atEnd(() => {
      const { info, failure, reason } = response.locals
      const latencyMs = Math.round(performance.now() - began)
      const code = res.headersSent ? res.statusCode : 0
      const failed = (code >= 500 && !healthPaths.test(info.path)) || failure !== undefined
      const slow = latencyMs > slowMs && info.verb !== 'watch'
      if (!failed && !slow && !logger.isLevelEnabled('debug')) return
      const fields = { ...fieldsOf(req, response), code, latencyMs }
      if (failure !== undefined) logger.error({ err: failure, ...fields }, 'request failed')
      else if (failed) logger.warn({ reason, ...fields }, 'request failed')
      else if (slow) logger.warn(fields, 'slow request')
      else logger.debug(fields, 'request')
    })
    next()
  }
