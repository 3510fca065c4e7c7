import { executionAsyncResource } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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
 * Collects what starting has left behind, and gives it back to the machine: V8 alone would keep it until something needs the place. Takes 50 to
 * 100 ms with 11,000 objects stored; for servers, once they are ready.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (how: object) => void
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

let heldTick: object | undefined

/**
 * Keeps one of the objects that Node makes for process.nextTick. When V8 collects its garbage while there is none, it forgets their shape, and Node's
 * function for them is slow from then on: 1,000 instead of 100 ns a call (docs/decisions/0011).
 */
function holdTick(): void {
  process.nextTick(() => (heldTick ??= executionAsyncResource()))
}

/**
 * Runs a program's work and resolves to its exit code: 0, 2 for a command line that cannot be used, 1 for any other failure. The message goes
 * to standard error; a stack only for what must be a defect of ours.
 */
export async function runProgram(name: string, work: () => Promise<void>): Promise<number> {
  holdTick()
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
