import type { ErrorRequestHandler } from 'express'
import type { Logger } from 'pino'
import { newInternalError, StatusError } from '#apimachinery/errors/status-error.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { sendStatusError } from '../respond.ts'

/**
 * The end of every failure: a StatusError is sent as it is, anything else is left for the log of requests and answered with 500 without its
 * stack. What fails after the answer began can only be cut off.
 */
export const withErrors =
  (logger: Logger): ErrorRequestHandler =>
  (err: unknown, req: ApiRequest, res, _next) => {
    const response = res as ApiResponse
    const { auditID, signal } = response.locals
    const known = err instanceof StatusError
    if (!known && signal?.aborted !== true) response.locals.failure = err
    if (known && err.code >= 500) response.locals.reason ??= err.message
    if (res.headersSent || res.destroyed) {
      res.destroy()
      return
    }
    const status = known ? err : newInternalError('the server could not complete the request')
    sendStatusError(req, response, status).catch((failure: unknown) => {
      logger.warn({ err: failure, auditID }, 'failure could not be sent')
      res.destroy()
    })
  }
