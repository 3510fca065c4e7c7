import { describe, expect, test, vi } from 'vitest'
import { backOffMs } from './back-off.ts'
import { WorkQueue } from './work-queue.ts'

const noJitter = { initialMs: 20, maxMs: 60_000, jitter: 0 }

/** Takes keys until `count` have come, and what they were. */
async function take(queue: WorkQueue, count: number): Promise<string[]> {
  const keys: string[] = []
  for await (const key of queue.keys(AbortSignal.timeout(5000))) {
    keys.push(key)
    if (keys.length === count) break
  }
  return keys
}

describe('keys', () => {
  test('come in order of arrival, once each', async () => {
    const queue = new WorkQueue()
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key)
    expect(queue.length).toBe(3)
    expect(await take(queue, 3)).toEqual(['a', 'b', 'c'])
    expect(queue.length).toBe(0)
  })

  test('added while worked on come back afterwards, never to another at the same time', async () => {
    const queue = new WorkQueue()
    const stop = new AbortController()
    let working = 0
    let most = 0
    let done = 0
    const loop = async (): Promise<void> => {
      for await (const key of queue.keys(stop.signal)) {
        expect(key).toBe('a')
        most = Math.max(most, ++working)
        if (done < 20) queue.add('a')
        await new Promise((resolve) => setImmediate(resolve))
        working--
        if (++done === 21) stop.abort()
      }
    }
    queue.add('a')
    await Promise.all([loop(), loop(), loop()])
    expect([done, most, queue.length]).toEqual([21, 1, 0])
  })

  test('are shared by several loops', async () => {
    const queue = new WorkQueue()
    const stop = new AbortController()
    const seen: string[] = []
    let together = 0
    let most = 0
    const loop = async (): Promise<void> => {
      for await (const key of queue.keys(stop.signal)) {
        most = Math.max(most, ++together)
        await new Promise((resolve) => setImmediate(resolve))
        together--
        seen.push(key)
        if (seen.length === 10) stop.abort()
      }
    }
    const loops = [loop(), loop(), loop()]
    for (let i = 0; i < 10; i++) queue.add(`k${i}`)
    await Promise.all(loops)
    expect([new Set(seen).size, most]).toEqual([10, 3])
  })

  test('end with the signal, also for who waits', async () => {
    const queue = new WorkQueue()
    const stop = new AbortController()
    const waiting = Array.fromAsync(queue.keys(stop.signal))
    stop.abort()
    expect(await waiting).toEqual([])
    queue.add('a')
    expect(await Array.fromAsync(queue.keys(stop.signal))).toEqual([])
    expect(queue.length).toBe(1)
  })

  test('are released when the body throws', async () => {
    const queue = new WorkQueue()
    queue.add('a')
    const failing = async (): Promise<void> => {
      for await (const key of queue.keys(AbortSignal.timeout(5000))) throw new Error(key)
    }
    await expect(failing()).rejects.toThrow('a')
    queue.add('a')
    expect(await take(queue, 1)).toEqual(['a'])
  })
})

describe('delays', () => {
  test('of several the shortest counts, and adding at once ends them', () => {
    vi.useFakeTimers()
    try {
      const queue = new WorkQueue()
      queue.addAfter('a', 1000)
      queue.addAfter('a', 100)
      queue.addAfter('a', 500)
      queue.addAfter('b', 50)
      queue.add('b')
      vi.advanceTimersByTime(99)
      expect(queue.length).toBe(1)
      vi.advanceTimersByTime(1)
      expect(queue.length).toBe(2)
      expect(vi.getTimerCount()).toBe(0)
      queue.addAfter('c', 10)
      queue[Symbol.dispose]()
      vi.advanceTimersByTime(10)
      expect(queue.length).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })

  test('grow with failures up to the most, until forgotten', () => {
    vi.useFakeTimers()
    try {
      const queue = new WorkQueue(noJitter)
      const delays: number[] = []
      for (let i = 0; i < 14; i++) {
        const before = Date.now()
        queue.addRateLimited('a')
        vi.advanceTimersToNextTimer()
        delays.push(Date.now() - before)
      }
      expect(delays.slice(0, 4)).toEqual([20, 40, 80, 160])
      expect(delays.slice(-2)).toEqual([60_000, 60_000])
      expect(queue.failures('a')).toBe(14)
      queue.forget('a')
      expect(queue.failures('a')).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test('jitter takes a share away', () => {
    const delays = Array.from({ length: 200 }, () => backOffMs({ ...noJitter, jitter: 0.5 }, 3))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(40)
    expect(Math.max(...delays)).toBeLessThanOrEqual(80)
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(20)
  })
})
