import type { NextFunction, RequestHandler } from 'express'
import { newBadRequest, newTimeout } from '#apimachinery/errors/status-error.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { sendStatusError } from '../respond.ts'

const requestTimeoutMs = 60_000

/** In milliseconds. */
const units: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ns', 1e-6],
])

/** Go durations as clients write them in `?timeout=`: 32s, 1m30s, 500ms. None, 0 and less ask for nothing; rubbish is a bad request. */
export function parseDuration(text: string): number | undefined {
  if (text === '') return undefined
  const unsigned = text.replace(/^[+-]/, '')
  const refused = (why: string): Error =>
    newBadRequest(`invalid timeout specified in the request URL - time: ${why}`)
  let total = 0
  let rest = unsigned === '0' ? '' : unsigned
  if (unsigned === '') throw refused(`invalid duration ${JSON.stringify(text)}`)
  while (rest !== '') {
    const [whole, number = '', unit = ''] = /^(\d+\.?\d*|\.\d+)([^.\d]*)/.exec(rest) ?? []
    if (whole === undefined) throw refused(`invalid duration ${JSON.stringify(text)}`)
    if (unit === '') throw refused(`missing unit in duration ${JSON.stringify(text)}`)
    const scale = units.get(unit)
    if (scale === undefined) {
      throw refused(`unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`)
    }
    total += Number(number) * scale
    rest = rest.slice(whole.length)
  }
  return total > 0 && !text.startsWith('-') ? total : undefined
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
