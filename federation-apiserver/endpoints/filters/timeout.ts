import type { NextFunction, RequestHandler } from 'express'
import { newStatusError, newTimeout } from '#apimachinery/errors/status-error.ts'
import { goDuration } from '#apimachinery/structural/formats.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { sendStatusError } from '../respond.ts'

const requestTimeoutMs = 60_000

const parts = /(\d*\.?\d*)([^\d.]*)/y

/** What is wrong with a text that is no duration, as Go's time.ParseDuration says it. */
function durationProblem(text: string): string {
  const whole = JSON.stringify(text)
  const rest = text.replace(/^[+-]/, '')
  for (parts.lastIndex = 0; parts.lastIndex < rest.length;) {
    const [, count = '', unit = ''] = parts.exec(rest) ?? []
    if (!/\d/.test(count)) break
    if (unit === '') return `missing unit in duration ${whole}`
    if (!/^(?:ns|us|µs|μs|ms|s|m|h)$/.test(unit)) {
      return `unknown unit ${JSON.stringify(unit)} in duration ${whole}`
    }
  }
  return `invalid duration ${whole}`
}

/** Milliseconds of `?timeout=`, a Go duration (32s, 1m30s, 500ms); undefined when it is absent or asks for nothing. Throws 400. */
export function parseTimeout(text: string | null): number | undefined {
  if (text === null || text === '') return undefined
  const duration = goDuration(text)
  if (duration !== undefined) return duration > 0n ? Number(duration) / 1e6 : undefined
  throw newStatusError({
    code: 400,
    reason: 'BadRequest',
    message: `invalid timeout specified in the request URL - time: ${durationProblem(text)}`,
  })
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
    const asked = parseTimeout(info.query.get('timeout'))
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
