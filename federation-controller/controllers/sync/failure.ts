import { isConflict, StatusError } from '#apimachinery/errors/status-error.ts'
import { ConnectionError } from '#client/api-client.ts'

/** No answer came, or none was asked for because the breaker is open. */
export const isSilence = (error: unknown): boolean => error instanceof ConnectionError

/** What a member's refusal is on record as; undefined for silence, and for conflicts, which pass by themselves. */
export function failureOf(error: unknown): { reason: string; message: string } | undefined {
  const isPassing: boolean = isConflict(error)
  if (isPassing || !(error instanceof StatusError)) return undefined
  return {
    reason: error.reason === '' ? `HTTP${error.code}` : error.reason,
    message: error.message,
  }
}
