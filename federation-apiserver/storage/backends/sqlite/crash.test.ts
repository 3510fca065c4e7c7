import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import type { BackendEvent } from '../../backend.ts'
import { Random } from '../../testing/random.ts'
import { collect } from '../../testing/watching.ts'
import { valueOf } from '../../testing/write-history.ts'
import { SqliteBackend } from './sqlite-backend.ts'

const rounds = 20
const folder = mkdtempSync(join(tmpdir(), 'kubefed-crash-'))
afterAll(() => rmSync(folder, { recursive: true }))

const program = join(import.meta.dirname, '..', '..', 'testing', 'write-load.ts')

/** Lets a process write and kills it a while after it has begun; answers the revisions it was told, by writer and step. */
async function writeAndKill(path: string, round: number, afterMs: number): Promise<number[][]> {
  const notes = `${path}.notes-${round}`
  const child = spawn(process.execPath, [program, path, String(round), notes], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  })
  const closed = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), closed])
  await sleep(afterMs)
  child.kill('SIGKILL')
  await closed
  const acknowledged: number[][] = []
  for (const line of readFileSync(notes, 'utf8').split('\n').slice(0, -1)) {
    const [writer = 0, step = 0, revision = 0] = line.split(' ').map(Number)
    const steps = (acknowledged[writer] ??= [])
    steps[step] = revision
  }
  return acknowledged
}

/** Whether every acknowledged step is there at its revision, and at most one more: the one that was under way. */
function isWhole(key: string, steps: readonly number[], events: readonly BackendEvent[]): boolean {
  return (
    events.length >= steps.length &&
    events.length - steps.length <= 1 &&
    events.every(({ type, revision, value }, step) => {
      if (step < steps.length && steps[step] !== revision) return false
      if (step % 7 === 6) return type === 'DELETE'
      return type === 'PUT' && value?.equals(valueOf(key, step)) === true
    })
  )
}

describe('sqlite, killed under write load', () => {
  test(`${rounds} times: what was acknowledged is there, what else is there is whole`, async () => {
    const path = join(folder, 'state.db')
    const random = new Random(20)
    let acknowledgements = 0
    let last = 0
    for (let round = 0; round < rounds; round += 1) {
      const acknowledged = await writeAndKill(path, round, 40 + random.below(300))
      await using backend = SqliteBackend.open(path)
      const until = await backend.currentRevision()
      const events = await collect(backend, { since: last, until })
      expect(events.findIndex((event, i) => event.revision !== last + 1 + i)).toBe(-1)
      const { kvs } = await backend.range(`/load/${round}/`)
      for (let writer = 0; writer < 24; writer += 1) {
        const key = `/load/${round}/${writer}`
        const own = events.filter((event) => event.key === key)
        expect(isWhole(key, acknowledged[writer] ?? [], own)).toBe(true)
        const kv = kvs.find((found) => found.key === key)
        const newest = own.at(-1)
        expect(kv?.modRevision).toBe(newest?.type === 'PUT' ? newest.revision : undefined)
        acknowledgements += acknowledged[writer]?.length ?? 0
      }
      last = until
    }
    expect(acknowledgements).toBeGreaterThan(rounds * 24)
  }, 60_000)
})
