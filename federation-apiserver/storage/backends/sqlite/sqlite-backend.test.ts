import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { backendSuite } from '../../testing/backend-suite.ts'
import { collect, inParallel } from '../../testing/watching.ts'
import { SqliteBackend } from './sqlite-backend.ts'

const folder = mkdtempSync(join(tmpdir(), 'kubefed-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
const newPath = (): string => join(folder, `${(files += 1)}`, 'state.db')

backendSuite('sqlite', async () => SqliteBackend.open(newPath()))

async function fill(path: string, count: number): Promise<number> {
  await using backend = SqliteBackend.open(path)
  await inParallel(count, 64, (i) => backend.putIf(`/k/${i}`, Buffer.alloc(2000, 120), 0))
  return backend.currentRevision()
}

const program = join(import.meta.dirname, '..', '..', 'testing', 'write-load.ts')

test('a backend whose writer died is away, for readers of the newest state too, until it has another', async () => {
  const posted = vi.spyOn(Worker.prototype, 'postMessage')
  await using backend = SqliteBackend.open(newPath())
  await backend.putIf('/k/1', Buffer.from('x'), 0)
  const writer: unknown = posted.mock.contexts.at(-1)
  posted.mockRestore()
  if (!(writer instanceof Worker)) throw new Error('nothing was posted')
  await writer.terminate()
  const away = { code: 'Unavailable', message: expect.stringContaining('lost its writer') }
  await expect(backend.putIf('/k/2', Buffer.from('x'), 0)).rejects.toMatchObject(away)
  await expect(backend.currentRevision()).rejects.toMatchObject(away)
  await vi.waitFor(() => backend.currentRevision(), { timeout: 10_000 })
  expect(await backend.putIf('/k/2', Buffer.from('x'), 0)).toMatchObject({ succeeded: true })
})

test('what was written before the end is there', async () => {
  const path = newPath()
  const written = await (async () => {
    await using backend = SqliteBackend.open(path)
    const before = Array.from({ length: 50 }, (_, i) =>
      backend.putIf(`/k/${i}`, Buffer.from('x'), 0),
    )
    // A turn later the first ones are under way, the rest are not.
    await new Promise((resolve) => setImmediate(resolve))
    const last = Array.from({ length: 50 }, (_, i) =>
      backend.putIf(`/k/last-${i}`, Buffer.from('x'), 0),
    )
    await backend[Symbol.asyncDispose]()
    return Promise.all([...before, ...last])
  })()
  expect(written.filter(({ succeeded }) => succeeded)).toHaveLength(100)
  await using again = SqliteBackend.open(path)
  expect((await again.range('/k/')).kvs).toHaveLength(100)
})

test('what a writer left in the file when it died is told to watchers, in its place', async () => {
  const path = newPath()
  const posted = vi.spyOn(Worker.prototype, 'postMessage')
  await using backend = SqliteBackend.open(path)
  const { revision } = await backend.putIf('/k/1', Buffer.from('x'), 0)
  const writer: unknown = posted.mock.contexts.at(-1)
  posted.mockRestore()
  if (!(writer instanceof Worker)) throw new Error('nothing was posted')
  // Its answer is lost.
  writer.removeAllListeners('message')
  const lost = backend.putIf('/k/2', Buffer.from('y'), 0)
  const reader = new DatabaseSync(path, { readOnly: true })
  const count = reader.prepare('SELECT count(*) AS n FROM log')
  await vi.waitFor(() => expect(count.get()).toEqual({ n: 2 }))
  reader.close()
  await writer.terminate()
  await expect(lost).rejects.toMatchObject({ code: 'Unknown' })
  await vi.waitFor(() => backend.currentRevision(), { timeout: 10_000 })
  await backend.putIf('/k/3', Buffer.from('z'), 0)
  const until = revision + 2
  const events = await collect(backend, { since: revision - 1, until })
  expect(events.map(({ key, revision: at }) => [key, at])).toEqual([
    ['/k/1', revision],
    ['/k/2', revision + 1],
    ['/k/3', until],
  ])
})

describe('sqlite files', () => {
  test('are for their owner only, and come back with everything', async () => {
    const path = newPath()
    const revision = await fill(path, 100)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700)
    await using backend = SqliteBackend.open(path)
    expect(await backend.currentRevision()).toBe(revision)
    expect((await backend.range('/k/')).kvs).toHaveLength(100)
    expect(await backend.putIf('/k/new', Buffer.from('x'), 0)).toEqual({
      succeeded: true,
      revision: revision + 1,
    })
  })

  test('revisions never go back, also when the newest ones are compacted deletions', async () => {
    const path = newPath()
    const first = await fill(path, 1)
    {
      await using backend = SqliteBackend.open(path)
      await backend.deleteIf('/k/0', first)
      await backend.compact(first + 1)
    }
    await using backend = SqliteBackend.open(path)
    expect(await backend.currentRevision()).toBe(first + 1)
    await expect(backend.range('/', { revision: first })).rejects.toMatchObject({
      code: 'Compacted',
      revision: first + 1,
    })
    expect(await backend.putIf('/k/0', Buffer.from('x'), 0)).toMatchObject({ revision: first + 2 })
  })

  test('compaction makes room', async () => {
    const path = newPath()
    await using backend = SqliteBackend.open(path)
    const value = Buffer.alloc(1000, 1)
    let { revision } = await backend.putIf('/k', value, 0)
    for (let i = 0; i < 200; i += 1) ({ revision } = await backend.putIf('/k', value, revision))
    await backend.compact(revision)
    const reader = new DatabaseSync(path, { readOnly: true })
    expect(reader.prepare('SELECT count(*) AS rows FROM log').get()).toEqual({ rows: 1 })
    reader.close()
  })

  test('a second user of the folder is refused and told who has it', async () => {
    const path = newPath()
    mkdirSync(dirname(path))
    const child = spawn(process.execPath, [program, path, '0', `${path}.notes`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const locked = expect.objectContaining({
      code: 'Locked',
      message: `another process (pid ${child.pid}) is using ${dirname(path)}; stop it or pass another --data-dir`,
    }) as Error
    expect(() => SqliteBackend.open(path)).toThrow(locked)
    child.kill('SIGKILL')
    await once(child, 'close')
    await using _ = SqliteBackend.open(path)
    expect(() => SqliteBackend.open(path)).toThrow(`pid ${process.pid}`)
  })
})

describe('a file that cannot be used', () => {
  const damage: Record<string, (path: string) => void> = {
    'is text': (path) => writeFileSync(path, 'not a database\n'.repeat(1000)),
    'is a database of another program': (path) => {
      rmSync(path)
      const other = new DatabaseSync(path)
      other.exec('CREATE TABLE notes (text); PRAGMA application_id = 7')
      other.close()
    },
    'is of a later format': (path) => {
      const later = new DatabaseSync(path)
      later.exec('PRAGMA user_version = 99')
      later.close()
    },
    'was cut off': (path) => truncateSync(path, 40_000),
    'has its pages overwritten': (path) => {
      const bytes = readFileSync(path)
      writeFileSync(path, bytes.fill(0x55, 4096))
    },
    'is missing beside its -wal': (path) => {
      rmSync(path)
      writeFileSync(`${path}-wal`, 'x'.repeat(5000))
    },
  }

  test.each(Object.entries(damage))('%s: refused by name, nothing removed', async (_, spoil) => {
    const path = newPath()
    await fill(path, 100)
    spoil(path)
    const names = readdirSync(dirname(path))
    const copies = join(folder, `copy-${files}`)
    mkdirSync(copies)
    for (const name of names) copyFileSync(join(dirname(path), name), join(copies, name))
    const use = async (): Promise<void> => {
      await using backend = SqliteBackend.open(path)
      await backend.range('/')
    }
    await expect(use()).rejects.toMatchObject({
      code: 'Corrupt',
      message: expect.stringMatching(/state\.db .*move it away/) as string,
    })
    for (const name of names) {
      const now = readFileSync(join(dirname(path), name))
      expect(now.equals(readFileSync(join(copies, name)))).toBe(true)
    }
    // The lock was given back.
    await expect(use()).rejects.toMatchObject({ code: 'Corrupt' })
  })
})
