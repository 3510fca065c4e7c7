import type { WorkQueueMetrics } from '#client/work-queue.ts'
import type { Registry, Sample } from './registry.ts'

/** 10 ns to 10 s, in the steps and to the digit of client-go. */
const buckets: readonly number[] = Array.from({ length: 9 }).reduce<number[]>(
  (bounds) => [...bounds, (bounds.at(-1) ?? 0) * 10],
  [10e-9],
)

/** The metrics of work queues by name, under client-go's names; queues of one name are counted together. */
export function workQueueMetrics(registry: Registry): (name: string) => WorkQueueMetrics {
  const { depth, adds, waited, worked, retries } = familiesOf(registry)
  const running = new Map<string, Set<ReadonlyMap<string, number>>>()
  collectRunning(registry, running)

  return (name) => {
    const [depthOf, addsOf, retriesOf] = [depth.with(name), adds.with(name), retries.with(name)]
    const [waitedOf, workedOf] = [waited.with(name), worked.with(name)]
    const addedAt = new Map<string, number>()
    const startedAt = new Map<string, number>()
    const ofName = running.get(name) ?? new Set()
    running.set(name, ofName.add(startedAt))
    let isClosed = false
    return {
      add(key) {
        if (isClosed) return
        addsOf.add()
        depthOf.add()
        addedAt.set(key, performance.now())
      },
      get(key) {
        const [since, now] = [addedAt.get(key), performance.now()]
        startedAt.set(key, now)
        if (!addedAt.delete(key) || since === undefined) return
        depthOf.add(-1)
        waitedOf.observe((now - since) / 1000)
      },
      done(key) {
        const since = startedAt.get(key)
        startedAt.delete(key)
        if (since !== undefined) workedOf.observe((performance.now() - since) / 1000)
      },
      retry: () => retriesOf.add(),
      close() {
        isClosed = true
        depthOf.add(-addedAt.size)
        addedAt.clear()
        ofName.delete(startedAt)
      },
    }
  }
}

function familiesOf(registry: Registry) {
  const labels = ['name']
  return {
    depth: registry.gauge({
      name: 'workqueue_depth',
      help: 'Keys that wait in a work queue.',
      labels,
    }),
    adds: registry.counter({
      name: 'workqueue_adds_total',
      help: 'Keys added to a work queue.',
      labels,
    }),
    waited: registry.histogram({
      name: 'workqueue_queue_duration_seconds',
      help: 'How long a key waits in a work queue in seconds.',
      labels,
      buckets,
    }),
    worked: registry.histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long the work on a key takes in seconds.',
      labels,
      buckets,
    }),
    retries: registry.counter({
      name: 'workqueue_retries_total',
      help: 'Keys that are to come back to a work queue later.',
      labels,
    }),
  }
}

/** What is worked on now, by the queue's name: keys and since when, of each queue. */
function collectRunning(
  registry: Registry,
  running: ReadonlyMap<string, ReadonlySet<ReadonlyMap<string, number>>>,
): void {
  const samples = (reduce: (seconds: readonly number[]) => number): Sample[] => {
    const now = performance.now()
    return [...running].map(([name, queues]) => {
      const since = [...queues].flatMap((queue) => [...queue.values()])
      return [[name], reduce(since.map((at) => (now - at) / 1000))]
    })
  }
  registry.collect(
    {
      name: 'workqueue_unfinished_work_seconds',
      type: 'gauge',
      help: 'How long the work that is not done has taken in seconds, all of it; what grows is stuck.',
      labels: ['name'],
    },
    () => samples((seconds) => seconds.reduce((sum, one) => sum + one, 0)),
  )
  registry.collect(
    {
      name: 'workqueue_longest_running_processor_seconds',
      type: 'gauge',
      help: 'How long the longest of it has taken in seconds.',
      labels: ['name'],
    },
    () => samples((seconds) => Math.max(0, ...seconds)),
  )
}
