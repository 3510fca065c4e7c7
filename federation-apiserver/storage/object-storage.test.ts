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

  test('without the key nothing is served, and the message names the key file', async () => {
    await using backend = new MemoryBackend()
    const [one, other] = await Promise.all(
      ['one', 'other'].map((name) => openEncryption({ keyFile: join(folder, name), prefixes })),
    )
    if (one === undefined || other === undefined) throw new Error('two keys were asked for')
    await using storage = await openStorage(backend, { logger, encryption: one })
    await storage.create('/registry/core/secrets/shop/s', secret)
    await expect(openStorage(backend, { logger, encryption: other })).rejects.toMatchObject({
      code: 'Corrupt',
      message: expect.stringContaining(join(folder, 'other')) as string,
    })
  })

  test('a foreign value under /registry/ is refused by its key', async () => {
    await using backend = new MemoryBackend()
    await backend.putIf('/registry/core/pods/x', Buffer.from('k8s\0protobuf'), 0)
    await expect(openStorage(backend, { logger })).rejects.toMatchObject({
      code: 'Corrupt',
      message: expect.stringContaining('/registry/core/pods/x') as string,
    })
  })
})
