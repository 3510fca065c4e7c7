import { UsageError } from '#apimachinery/errors/usage-error.ts'

/** Aborts at the first SIGINT or SIGTERM. */
export function endAsked(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => controller.abort())
  return controller.signal
}

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

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
