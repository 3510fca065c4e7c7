import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MemoryBackend } from '../../federation-apiserver/storage/backends/memory/memory-backend.ts'
import type { Backend } from '../../federation-apiserver/storage/backend.ts'
import { StorageError } from '../../federation-apiserver/storage/errors.ts'
import { type InProcessServer, startInProcess } from '../framework/api-server.ts'
import { eventually } from '../framework/eventually.ts'

/** A backend that can go away: calls fail, and its watch at the next event. */
class LossyBackend extends MemoryBackend {
  away = false

  override async range(...args: Parameters<Backend['range']>) {
    this.#mustBeHere()
    return super.range(...args)
  }

  override async currentRevision() {
    this.#mustBeHere()
    return super.currentRevision()
  }

  override async *watchSince(...args: Parameters<Backend['watchSince']>) {
    this.#mustBeHere()
    for await (const batch of super.watchSince(...args)) {
      this.#mustBeHere()
      yield batch
    }
  }

  #mustBeHere(): void {
    if (this.away) throw new StorageError('Unavailable', 'away')
  }
}

const backend = new LossyBackend()
let api: InProcessServer

async function get(path: string): Promise<[number, string]> {
  const { status, body } = await api.client.raw(path)
  return [status, body.toString()]
}

beforeAll(async () => {
  api = await startInProcess({ federation: true, backend })
})
afterAll(() => api[Symbol.asyncDispose]())

describe('health, in the words of a kube-apiserver', () => {
  test.each([
    ['/healthz', 'ok'],
    ['/livez', 'ok'],
    ['/readyz', 'ok'],
    ['/livez/ping', 'ok'],
    ['/readyz/etcd', 'ok'],
    ['/readyz/shutdown', 'ok'],
    ['/livez?verbose', '[+]ping ok\nlivez check passed\n'],
    ['/healthz?verbose', '[+]ping ok\n[+]etcd ok\nhealthz check passed\n'],
    [
      '/readyz?verbose',
      '[+]ping ok\n[+]etcd ok\n[+]informer-sync ok\n[+]shutdown ok\nreadyz check passed\n',
    ],
    [
      '/readyz?verbose&exclude=etcd',
      '[+]ping ok\n[+]etcd excluded: ok\n[+]informer-sync ok\n[+]shutdown ok\nreadyz check passed\n',
    ],
  ])('%s', async (path, text) => {
    expect(await get(path)).toEqual([200, text])
  })

  test('/readyz fails while the storage is away, /livez does not', async () => {
    backend.away = true
    await eventually(async () => {
      expect(await get('/readyz')).toEqual([
        500,
        '[+]ping ok\n[-]etcd failed: reason withheld\n[+]informer-sync ok\n[+]shutdown ok\nreadyz check failed\n',
      ])
    })
    expect(await get('/livez')).toEqual([200, 'ok'])
    expect(await get('/readyz/etcd')).toEqual([
      500,
      'internal server error: the storage does not answer\n',
    ])
    expect((await get('/readyz?exclude=etcd'))[0]).toBe(200)

    // An event ends the watch, and the cache cannot be loaded anew.
    await backend.putIf('/registry/core/events/default/a', Buffer.from('{}'), 0)
    await eventually(async () => {
      expect((await get('/readyz?exclude=etcd'))[1]).toContain('[-]informer-sync failed')
    })
    backend.away = false
    await eventually(async () => {
      expect(await get('/readyz')).toEqual([200, 'ok'])
    })
  })
})
