import { newStatusError, StatusError } from '#apimachinery/errors/status-error.ts'
import type { Status, StatusReason } from '#apimachinery/errors/status.ts'
import type { RawResponse } from './api-client.ts'

const reasons: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

const longestText = 512

/** True for a parsed body that is a metav1.Status. */
export const isStatus = (body: unknown): body is Status =>
  typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status'

function parseStatus(body: Buffer): Status | undefined {
  if (body[0] !== 0x7b) return undefined
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    return isStatus(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function retryAfter(headers: RawResponse['headers']): number | undefined {
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined
}

/**
 * The StatusError of an answer that is not 2xx. A Status body is taken as it is; any other body (a proxy's
 * page) becomes a Status with the reason of its code. A Retry-After header fills details.retryAfterSeconds.
 */
export function statusErrorOf(response: RawResponse): StatusError {
  const seconds = retryAfter(response.headers)
  const status = parseStatus(response.body)
  if (status !== undefined) {
    const details =
      seconds === undefined ? status.details : { retryAfterSeconds: seconds, ...status.details }
    return new StatusError({
      ...status,
      code: status.code ?? response.status,
      ...(details === undefined ? {} : { details }),
    })
  }
  const text = response.body.toString('utf8', 0, longestText).trim()
  return newStatusError({
    code: response.status,
    reason: reasons[response.status] ?? '',
    message: `the server answered with status ${response.status}${text === '' ? '' : `: ${text}`}`,
    ...(seconds === undefined ? {} : { details: { retryAfterSeconds: seconds } }),
  })
}
