import { UsageError } from '#apimachinery/errors/usage-error.ts'

/** Resolves at the first SIGINT or SIGTERM. */
export const untilAsked = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve())
  })

/** Runs a program's work: 0, 2 for a command line that cannot be used, 1 for any other failure; the message goes to standard error. */
export async function exitCodeOf(name: string, work: () => Promise<void>): Promise<number> {
  try {
    await work()
    return 0
  } catch (err) {
    process.stderr.write(`${name}: ${err instanceof Error ? err.message : String(err)}\n`)
    return err instanceof UsageError ? 2 : 1
  }
}
