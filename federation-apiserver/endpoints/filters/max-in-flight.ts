import type { NextFunction, RequestHandler } from 'express'
import { newTooManyRequests } from '#apimachinery/errors/status-error.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'

const readOnly = new Set(['get', 'list', 'head', 'options'])

/**
 * Refuses with 429 and Retry-After what exceeds the limits, so that the rest is answered in time. Watches do not count; 0 means no
 * limit. Members of system:masters pass always: somebody must be able to look.
 */
export function withMaxInFlight(limits: {
  readonly readOnly: number
  readonly mutating: number
}): RequestHandler {
  const inFlight = { readOnly: 0, mutating: 0 }
  return (_req: ApiRequest, res, next: NextFunction) => {
    const { locals } = res as ApiResponse
    const { info, user } = locals
    if (info.verb === 'watch') return next()
    const which = readOnly.has(info.verb) ? 'readOnly' : 'mutating'
    const limit = limits[which]
    const exempt = user.groups.includes('system:masters')
    if (limit > 0 && inFlight[which] >= limit && !exempt) {
      return next(newTooManyRequests('too many requests, please try again later', 1))
    }
    inFlight[which]++
    locals.atEnd(() => inFlight[which]--)
    return next()
  }
}
