import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newForbidden } from '#apimachinery/errors/status-error.ts'
import { ConnectionError } from '#client/api-client.ts'
import { BreakerOpenError, CircuitBreaker } from './circuit-breaker.ts'

const silence = (): Promise<never> => Promise.reject(new ConnectionError('refused'))
const refusal = (): Promise<never> =>
  Promise.reject(newForbidden({ group: '', resource: 'configmaps' }, 'a', 'no'))

async function fail(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await breaker.call(silence).catch(() => {})
}

describe('CircuitBreaker', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const options = { failures: 3, openMs: 1000 }

  it('opens after some silences in a row, and then refuses without asking', async () => {
    const breaker = new CircuitBreaker('a', options)
    const changes: boolean[] = []
    breaker.onChange((open) => changes.push(open))
    await fail(breaker, 2)
    expect(breaker.isOpen).toBe(false)
    await fail(breaker, 1)
    expect(breaker.isOpen).toBe(true)
    const asked = vi.fn(silence)
    await expect(breaker.call(asked)).rejects.toBeInstanceOf(BreakerOpenError)
    expect(asked).not.toHaveBeenCalled()
    expect(changes).toEqual([true])
  })

  it('counts a refusal as an answer', async () => {
    const breaker = new CircuitBreaker('a', options)
    await fail(breaker, 2)
    await breaker.call(refusal).catch(() => {})
    await fail(breaker, 2)
    expect(breaker.isOpen).toBe(false)
  })

  it('lets one call try after a while, and closes when it is answered', async () => {
    const breaker = new CircuitBreaker('a', options)
    await fail(breaker, 3)
    vi.advanceTimersByTime(1000)
    const { promise, resolve } = Promise.withResolvers<string>()
    const trying = breaker.call(() => promise)
    await expect(breaker.call(() => Promise.resolve('other'))).rejects.toBeInstanceOf(
      BreakerOpenError,
    )
    resolve('answer')
    expect(await trying).toBe('answer')
    expect(breaker.isOpen).toBe(false)
    expect(breaker.waitMs).toBe(0)
  })

  it('stays open for another while when the try is not answered', async () => {
    const breaker = new CircuitBreaker('a', options)
    await fail(breaker, 3)
    vi.advanceTimersByTime(1000)
    await fail(breaker, 1)
    expect(breaker.waitMs).toBe(1000)
  })
})
