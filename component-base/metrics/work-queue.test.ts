import { expect, test, vi } from 'vitest'
import { WorkQueue } from '#client/work-queue.ts'
import { formOf, kubernetesMetrics, parseMetrics } from '../../test/framework/prometheus-text.ts'
import { Registry } from './registry.ts'
import { workQueueMetrics } from './work-queue.ts'

test('what happens to keys is counted by name, in the form of client-go', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  const registry = new Registry()
  const metricsOf = workQueueMetrics(registry)
  const valueOf = (name: string): number | undefined => {
    const family = [...parseMetrics(registry.text()).values()].find(({ samples }) =>
      samples.some((sample) => sample.name === name),
    )
    return family?.samples.find((sample) => sample.name === name)?.value
  }
  const noJitter = { initialMs: 20, maxMs: 60_000, jitter: 0 }
  const queue = new WorkQueue(noJitter, metricsOf('sync'))
  for (const key of ['a', 'b', 'a']) queue.add(key)
  expect([valueOf('workqueue_adds_total'), valueOf('workqueue_depth')]).toEqual([2, 2])

  vi.advanceTimersByTime(5000)
  const stop = new AbortController()
  const keys = queue.keys(stop.signal)
  expect((await keys.next()).value).toBe('a')
  expect(valueOf('workqueue_depth')).toBe(1)
  expect(valueOf('workqueue_queue_duration_seconds_sum')).toBe(5)

  // Added twice while it is worked on: it waits once.
  queue.add('a')
  queue.add('a')
  expect([valueOf('workqueue_adds_total'), valueOf('workqueue_depth')]).toEqual([3, 2])
  vi.advanceTimersByTime(2000)
  expect(valueOf('workqueue_unfinished_work_seconds')).toBe(2)
  expect(valueOf('workqueue_longest_running_processor_seconds')).toBe(2)
  expect((await keys.next()).value).toBe('b')
  expect(valueOf('workqueue_work_duration_seconds_sum')).toBe(2)
  expect((await keys.next()).value).toBe('a')
  expect([valueOf('workqueue_adds_total'), valueOf('workqueue_depth')]).toEqual([3, 0])
  queue.addRateLimited('a')
  expect(valueOf('workqueue_retries_total')).toBe(1)
  vi.advanceTimersByTime(20)

  // Another queue of the name counts with it; what it leaves behind waits for nobody.
  const other = new WorkQueue(noJitter, metricsOf('sync'))
  other.add('c')
  expect(valueOf('workqueue_depth')).toBe(2)
  other[Symbol.dispose]()
  other.add('d')
  expect(valueOf('workqueue_depth')).toBe(1)
  stop.abort()
  await keys.return()
  queue[Symbol.dispose]()
  expect(valueOf('workqueue_depth')).toBe(0)
  expect(valueOf('workqueue_unfinished_work_seconds')).toBe(0)
  for (const [name, family] of parseMetrics(registry.text()))
    expect(formOf(family), name).toEqual(kubernetesMetrics[name])
  vi.useRealTimers()
})
