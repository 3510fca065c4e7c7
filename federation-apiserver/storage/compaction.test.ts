import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { MemoryBackend } from './backends/memory/memory-backend.ts'
import { Compaction } from './compaction.ts'

const logger = pino({ level: 'silent' })

describe('compaction', () => {
  test('forgets what is older than the record of the round before', async () => {
    await using backend = new MemoryBackend()
    const compaction = new Compaction(backend, logger)
    const write = async (key: string): Promise<number> =>
      (await backend.putIf(key, Buffer.from('x'), 0)).revision
    const first = await write('/registry/1')
    expect(await compaction.round()).toBeUndefined()
    const second = await write('/registry/2')
    expect(await compaction.round()).toBe(first)
    await write('/registry/3')
    expect(await compaction.round()).toBeGreaterThanOrEqual(second)
    await expect(backend.range('/', { revision: first })).rejects.toMatchObject({
      code: 'Compacted',
    })
  })

  test('in each round one of several replicas compacts', async () => {
    await using backend = new MemoryBackend()
    const replicas = Array.from({ length: 3 }, () => new Compaction(backend, logger))
    const compacted: (number | undefined)[] = []
    for (let round = 0; round < 6; round += 1) {
      await backend.putIf(`/registry/${round}`, Buffer.from('x'), 0)
      const outcomes = await Promise.all(replicas.map((replica) => replica.round()))
      expect(outcomes.filter((outcome) => outcome !== undefined).length).toBeLessThanOrEqual(1)
      compacted.push(...outcomes.filter((outcome) => outcome !== undefined))
    }
    expect(compacted.length).toBeGreaterThanOrEqual(3)
    expect(compacted).toEqual(compacted.toSorted((a = 0, b = 0) => a - b))
  })

  test('a replica that starts does not compact before it has waited', async () => {
    await using backend = new MemoryBackend()
    const old = new Compaction(backend, logger)
    await backend.putIf('/registry/1', Buffer.from('x'), 0)
    await old.round()
    expect(await new Compaction(backend, logger).round()).toBeUndefined()
    const started = new Compaction(backend, logger)
    await started.look()
    expect(await started.round()).toBe(1)
  })
})
