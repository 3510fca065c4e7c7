import type { NextFunction, RequestHandler } from 'express'
import { newTimeout } from '#apimachinery/errors/status-error.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { sendStatusError } from '../respond.ts'

const requestTimeoutMs = 60_000

/** Go durations as clients write them in `?timeout=`: 32s, 1m30s, 500ms; a bare number is seconds. 0 and rubbish ask for nothing. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000 || undefined
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
  let total = 0
  let rest = text
  while (rest !== '') {
    const match = /^(\d+(?:\.\d+)?)(ms|h|m|s)/.exec(rest)
    if (match === null) return undefined
    total += Number(match[1]) * (units[match[2] ?? ''] ?? 0)
    rest = rest.slice(match[0].length)
  }
  return total > 0 ? total : undefined
}

/**
 * Gives each request its signal, which aborts when the client goes away or the time is up (60 s, or less if the client asks). Watches have
 * no such limit; they end when the server begins to shut down (`draining`), others are let finish.
 */
export const withTimeout =
  (draining: AbortSignal): RequestHandler =>
  (req: ApiRequest, res, next: NextFunction) => {
    const response = res as ApiResponse
    const { info } = response.locals
    const abort = (): void => response.locals.abort()
    if (info.verb === 'watch') {
      draining.addEventListener('abort', abort)
      response.locals.atEnd(() => {
        draining.removeEventListener('abort', abort)
        abort()
      })
      if (draining.aborted) abort()
      return next()
    }
    const asked = parseDuration(info.query.get('timeout') ?? '')
    const timer = setTimeout(
      () => {
        abort()
        // What the client has not read by now it need not have; its length tells it that it lacks something.
        if (res.headersSent) {
          res.destroy()
          return
        }
        const err = newTimeout('Timeout: request did not complete within the allotted timeout')
        response.locals.reason = err.message
        sendStatusError(req, response, err).catch(() => res.destroy())
      },
      Math.min(requestTimeoutMs, asked ?? requestTimeoutMs),
    )
    response.locals.atEnd(() => {
      clearTimeout(timer)
      // What has been answered has nothing left to give up, even if the client did not wait for it.
      if (!res.writableEnded) abort()
    })
    return next()
  }
