import { newConflict, newTooManyRequests } from '#apimachinery/errors/status-error.ts'
import { eventually } from '#client/testing/eventually.ts'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { Controller, type ControllerOptions } from './controller.ts'
import { type ReconcileContext, TerminalError } from './reconciler.ts'
import type { Source } from './sources.ts'

const backOff = { initialMs: 1, maxMs: 5, jitter: 0 }

interface Line {
  level: number
  msg: string
  request?: string
}

function setUp(options: Partial<ControllerOptions> & Pick<ControllerOptions, 'reconcile'>) {
  const lines: Line[] = []
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => lines.push(JSON.parse(line) as Line) },
  )
  const controller = new Controller({ name: 'test', sources: [], backOff, logger, ...options })
  const stop = new AbortController()
  const run = controller.run(stop.signal)
  return {
    controller,
    lines,
    said: (msg: string) => lines.filter((line) => line.msg === msg).length,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await run
    },
  }
}

test('an error is retried until it succeeds, and the failures are told', async () => {
  const failures: number[] = []
  const reconcile = async (_: string, context: ReconcileContext): Promise<undefined> => {
    failures.push(context.failures)
    if (failures.length === 1) throw newConflict({ group: '', resource: 'x' }, 'a', 'changed')
    if (failures.length < 4) throw new Error('not yet')
  }
  await using world = setUp({ reconcile })
  world.controller.enqueue('a')
  await eventually(() => expect(failures).toEqual([0, 1, 2, 3]))
  world.controller.enqueue('a')
  await eventually(() => expect(failures).toEqual([0, 1, 2, 3, 0]))
  expect(world.said('conflict; will retry')).toBe(1)
  expect(world.said('reconcile failed; will retry')).toBe(2)
})

test('a terminal error is logged once and dropped', async () => {
  let calls = 0
  const reconcile = async (request: string): Promise<undefined> => {
    if (request === 'bad') calls++
    if (request === 'bad') throw new TerminalError('never')
  }
  await using world = setUp({ reconcile })
  world.controller.enqueue('bad')
  await eventually(() => expect(world.said('reconcile failed for good')).toBe(1))
  world.controller.enqueue('bad', 10)
  await eventually(() => expect(calls).toBe(2))
})

test('a server that is overloaded is left alone for as long as it asks', async () => {
  const calls: number[] = []
  const reconcile = async (): Promise<undefined> => {
    calls.push(performance.now())
    if (calls.length === 1) throw newTooManyRequests('slow down', 1)
  }
  await using world = setUp({ reconcile })
  world.controller.enqueue('a')
  await eventually(() => expect(calls).toHaveLength(2))
  expect((calls[1] ?? 0) - (calls[0] ?? 0)).toBeGreaterThan(990)
})

test('a result may ask to come back', async () => {
  let calls = 0
  await using world = setUp({
    reconcile: async () => (++calls < 3 ? { requeueAfterMs: 1 } : undefined),
  })
  world.controller.enqueue('a')
  await eventually(() => expect(calls).toBe(3))
})

test('works on several requests at once, on one key never twice, and ends what it began', async () => {
  const running = new Set<string>()
  let most = 0
  let ended = 0
  const stop = new AbortController()
  const controller = new Controller({
    name: 'test',
    sources: [],
    concurrency: 4,
    logger: pino({ level: 'silent' }),
    reconcile: async (request) => {
      expect(running.has(request)).toBe(false)
      running.add(request)
      most = Math.max(most, running.size)
      controller.enqueue(request)
      await new Promise((resolve) => setTimeout(resolve, 2))
      running.delete(request)
      if (++ended === 40) stop.abort()
      return undefined
    },
  })
  for (let i = 0; i < 8; i++) controller.enqueue(`k${i}`)
  await controller.run(stop.signal)
  expect([most, running.size]).toEqual([4, 0])
})

test('waits for its sources, and leaves them at the end', async () => {
  const synced = Promise.withResolvers<void>()
  let enqueue: ((request: string) => void) | undefined
  const source: Source = {
    synced: synced.promise,
    subscribe: (to) => {
      enqueue = to
      return () => {
        enqueue = undefined
      }
    },
  }
  const seen: string[] = []
  {
    await using world = setUp({
      sources: [source],
      reconcile: async (request) => {
        seen.push(request)
        return undefined
      },
    })
    enqueue?.('early')
    await new Promise((resolve) => setImmediate(resolve))
    expect([seen, world.controller.length]).toEqual([[], 1])
    synced.resolve()
    await eventually(() => expect(seen).toEqual(['early']))
  }
  expect(enqueue).toBeUndefined()
})
