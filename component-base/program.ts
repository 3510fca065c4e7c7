import { UsageError } from '#apimachinery/errors/usage-error.ts'

/** One Ctrl-C may arrive more than once: from the terminal, and passed on by npm or an older Node around this one. */
const sameKeyPressMs = 1000

/** Aborts, with `reason`, at the first SIGINT or SIGTERM; another one more than a second later ends the process at once. */
export function endAsked(reason?: Error): AbortSignal {
  const controller = new AbortController()
  let askedAt = Infinity
  const ask = (exitCode: number): void => {
    if (performance.now() - askedAt > sameKeyPressMs) process.exit(exitCode)
    askedAt = Math.min(askedAt, performance.now())
    controller.abort(reason)
  }
  process.on('SIGINT', () => ask(130))
  process.on('SIGTERM', () => ask(143))
  return controller.signal
}

/** Resolves when the end is asked for, from the call on. */
export function untilEndAsked(): Promise<void> {
  const signal = endAsked()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
}

/**
 * Runs a program's work and resolves to its exit code: 0, 2 for a command line that cannot be used, 1 for any other failure. The message goes
 * to standard error; a stack only for what must be a defect of ours.
 */
export async function runProgram(name: string, work: () => Promise<void>): Promise<number> {
  try {
    await work()
    return 0
  } catch (err) {
    process.stderr.write(`${name}: ${textOf(err)}\n`)
    return err instanceof UsageError ? 2 : 1
  }
}

const defects = new Set(['TypeError', 'ReferenceError', 'RangeError'])

function textOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err)
  return defects.has(err.name) ? (err.stack ?? err.message) : err.message
}
