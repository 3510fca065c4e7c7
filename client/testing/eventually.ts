import { vi } from 'vitest'

/** Waits until the probe does not throw. What is waited for comes at once; the machine may be busy. */
export const eventually = <T>(probe: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(probe, { timeout: 15_000, interval: 5 })
