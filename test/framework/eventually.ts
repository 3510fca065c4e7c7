import { setTimeout as delay } from 'node:timers/promises'

/** Runs `probe` until it does not throw, and returns its value; throws its last error after `timeoutMs`. */
export async function eventually<T>(
  probe: () => Promise<T> | T,
  options: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<T> {
  const deadline = Date.now() + (options.timeoutMs ?? 30_000)
  for (;;) {
    try {
      return await probe()
    } catch (err) {
      if (Date.now() >= deadline) throw err
      await delay(options.intervalMs ?? 100)
    }
  }
}
