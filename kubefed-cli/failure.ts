import { StatusError } from '#apimachinery/errors/status-error.ts'
import { UsageError } from '#apimachinery/errors/usage-error.ts'

export const exitCode = { success: 0, failure: 1, usage: 2 } as const

/** What kubectl would print for an error, one line. */
export function describeError(error: unknown): string {
  if (error instanceof StatusError) return `Error from server (${error.reason}): ${error.message}`
  return `error: ${error instanceof Error ? error.message : String(error)}`
}

export const codeOf = (error: unknown): number =>
  error instanceof UsageError ? exitCode.usage : exitCode.failure

/** The reason of a failure, to put into a sentence. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
