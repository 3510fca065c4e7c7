import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, describe, expect, test } from 'vitest'
import type { Backend } from './backend.ts'
import { MemoryBackend } from './backends/memory/memory-backend.ts'
import { SqliteBackend } from './backends/sqlite/sqlite-backend.ts'
import { openEncryption } from './encryption.ts'
import { openStorage } from './object-storage.ts'
import { storageSuite, type BackendPair } from './testing/storage-suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'kubefed-storage-'))
afterAll(() => rmSync(folder, { recursive: true }))

const twice = (backend: Backend): BackendPair => ({
  first: backend,
  second: backend,
  [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
})

storageSuite('memory', async () => twice(new MemoryBackend()))

let files = 0
storageSuite('sqlite', async () =>
  twice(SqliteBackend.open(join(folder, `${(files += 1)}`, 'state.db'))),
)

describe('values at rest', () => {
  const logger = pino({ level: 'silent' })
  const prefixes = ['/registry/core/secrets/']
  const secret = { metadata: { name: 's' }, data: { password: 'hunter2' } }

  test('covered objects are sealed in the backend and plain in the storage', async () => {
    await using backend = new MemoryBackend()
    const encryption = await openEncryption({ keyFile: join(folder, 'keys'), prefixes })
    await using storage = await openStorage(backend, { logger, encryption })
    await storage.create('/registry/core/secrets/shop/s', secret)
    await storage.create('/registry/core/configmaps/shop/s', secret)
    const { kvs } = await backend.range('/registry/')
    expect(kvs.map((kv) => kv.value.includes('hunter2'))).toEqual([true, false])
    await using again = await openStorage(backend, { logger, encryption })
    for (const reader of [storage, again]) {
      const read = await reader.get('/registry/core/secrets/shop/s', 'latest')
      expect(read?.object['data']).toEqual({ password: 'hunter2' })
    }
  })

  test('without the key no Secret is served, and the message names the key file', async () => {
    await using backend = new MemoryBackend()
    const [one, other] = await Promise.all(
      ['one', 'other'].map((name) => openEncryption({ keyFile: join(folder, name), prefixes })),
    )
    if (one === undefined || other === undefined) throw new Error('two keys were asked for')
    await using storage = await openStorage(backend, { logger, encryption: one })
    await storage.create('/registry/core/secrets/shop/s', secret)
    await using locked = await openStorage(backend, { logger, encryption: other })
    const corrupt = {
      code: 'Corrupt',
      message: expect.stringContaining(join(folder, 'other')) as string,
    }
    const read = locked.get('/registry/core/secrets/shop/s', 'latest')
    await expect(read).rejects.toMatchObject(corrupt)
    const list = locked.list('/registry/core/secrets/', { freshness: 'latest' })
    await expect(list).rejects.toMatchObject(corrupt)
  })

  const pods = '/registry/core/pods/'
  const foreign = Buffer.from('k8s\0protobuf')
  const named = (key: string) => ({
    code: 'Corrupt',
    message: expect.stringContaining(key) as string,
  })
  const putForeign = async (backend: MemoryBackend, key: string): Promise<number> => {
    const { kv } = await backend.get(key)
    return (await backend.putIf(key, foreign, kv?.modRevision ?? 0)).revision
  }

  test('a foreign value is refused by its key, wherever it would have to be shown, and only there', async () => {
    await using backend = new MemoryBackend()
    await putForeign(backend, `${pods}shop/x`)
    await using storage = await openStorage(backend, { logger })
    const kept = await storage.create(`${pods}town/y`, { metadata: { name: 'y' } })
    expect(await storage.get(`${pods}town/y`, 'latest')).toBe(kept)
    expect((await storage.list(`${pods}town/`, { freshness: 'latest' })).items).toEqual([kept])

    const error = named(`${pods}shop/x`)
    await expect(storage.get(`${pods}shop/x`, 'latest')).rejects.toMatchObject(error)
    for (const prefix of [pods, `${pods}shop/`, '/registry/']) {
      await expect(storage.list(prefix, { freshness: 'latest' })).rejects.toMatchObject(error)
      const exact = { freshness: 'any', exactRevision: kept.revision } as const
      await expect(storage.list(prefix, exact)).rejects.toMatchObject(error)
    }
    const change = storage.guaranteedUpdate(`${pods}shop/x`, () => ({ metadata: { name: 'x' } }))
    await expect(change).rejects.toMatchObject(error)
    const taken = storage.create(`${pods}shop/x`, { metadata: { name: 'x' } })
    await expect(taken).rejects.toMatchObject({ code: 'KeyExists' })
  })

  test('a foreign value ends the watches that it belongs to; when it is replaced or gone, all goes on', async () => {
    await using backend = new MemoryBackend()
    await using storage = await openStorage(backend, { logger })
    const first = await storage.create(`${pods}shop/x`, { metadata: { name: 'x' } })
    const { signal } = new AbortController()
    const next = storage.watch(pods, first.revision, { signal })[Symbol.asyncIterator]().next()
    const foreignAt = await putForeign(backend, `${pods}shop/x`)
    await expect(next).rejects.toMatchObject(named(`${pods}shop/x`))

    const plain = Buffer.from('{"metadata":{"name":"x","labels":{}}}')
    const mended = await backend.putIf(`${pods}shop/x`, plain, foreignAt)
    const { items } = await storage.list(pods, { freshness: 'latest' })
    expect(items.map((item) => item.revision)).toEqual([mended.revision])
    for await (const events of storage.watch(pods, first.revision, { signal })) {
      expect(events).toMatchObject([{ type: 'PUT', object: items[0], previous: first }])
      break
    }

    await backend.deleteIf(`${pods}shop/x`, await putForeign(backend, `${pods}shop/x`))
    expect((await storage.list(pods, { freshness: 'latest' })).items).toEqual([])
  })
})
