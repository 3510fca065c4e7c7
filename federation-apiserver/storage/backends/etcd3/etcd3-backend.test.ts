import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Etcd3 } from 'etcd3'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { BackendEvent } from '../../backend.ts'
import { openStorage } from '../../object-storage.ts'
import { backendSuite } from '../../testing/backend-suite.ts'
import { CutProxy } from '../../testing/cut-proxy.ts'
import { EtcdServer, etcdAssets, withoutEtcd } from '../../testing/etcd-server.ts'
import { makeTlsFiles } from '../../testing/tls-files.ts'
import { storageSuite } from '../../testing/storage-suite.ts'
import { collect, inParallel } from '../../testing/watching.ts'
import { Etcd3Backend, reportsProgressInOrder } from './etcd3-backend.ts'
import { RevisionReads } from './revision-reads.ts'

const logger = pino({ level: 'silent' })

const title = etcdAssets === undefined ? `etcd3 (${withoutEtcd})` : 'with a real etcd'

describe.skipIf(etcdAssets === undefined)(title, () => {
  let etcd: EtcdServer
  let keyspaces = 0
  const prefix = (): string => `/test-${(keyspaces += 1)}`
  const open = (endpoints: string[], under = prefix()): Promise<Etcd3Backend> =>
    Etcd3Backend.open({ endpoints, prefix: under, logger })
  beforeAll(async () => {
    etcd = await EtcdServer.start()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  backendSuite('etcd3', () => open([etcd.url]))

  storageSuite('etcd3', async () => {
    const under = prefix()
    const [first, second] = await Promise.all([open([etcd.url], under), open([etcd.url], under)])
    return {
      first,
      second,
      [Symbol.asyncDispose]: async () => {
        await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()])
      },
    }
  })

  describe('faults', () => {
    test('the connection is cut again and again in 5,000 events: nothing lost, nothing twice', async () => {
      const under = prefix()
      await using proxy = await CutProxy.start(etcd.port)
      await using writer = await open([etcd.url], under)
      const base = await writer.currentRevision()
      await inParallel(5000, 64, (i) => writer.putIf(`/k/${i}`, Buffer.alloc(500, i % 251), 0))
      await using reader = await open([proxy.url], under)
      const events: BackendEvent[] = []
      let cuts = 0
      const controller = new AbortController()
      proxy.cut()
      for await (const batch of reader.watchSince('/k/', base, controller.signal)) {
        events.push(...batch.events)
        if (batch.revision >= base + 5000) break
        if (cuts < 5 && proxy.answered > 300_000) {
          cuts += 1
          proxy.cut()
        }
      }
      expect(cuts).toBeGreaterThanOrEqual(2)
      expect(events.map((e) => e.revision)).toEqual(
        Array.from({ length: 5000 }, (_, i) => base + 1 + i),
      )
    })

    test('a storage follows through cuts while others write', async () => {
      const under = prefix()
      await using proxy = await CutProxy.start(etcd.port)
      await using writer = await open([etcd.url], under)
      await using cutBackend = await open([proxy.url], under)
      await using storage = await openStorage(cutBackend, { logger })
      const base = storage.currentRevision()
      const seen: number[] = []
      const controller = new AbortController()
      const watching = (async () => {
        const watch = storage.watch('/registry/', await base, { signal: controller.signal })
        for await (const events of watch) {
          seen.push(...events.map((event) => event.revision))
          if (seen.length >= 1500) break
        }
      })()
      const value = Buffer.from('{"metadata":{"name":"x"}}')
      const first = await base
      await inParallel(1500, 16, async (i) => {
        await writer.putIf(`/registry/core/pods/n/${i}`, value, 0)
        if (i % 250 === 0) proxy.cut()
      })
      await watching
      controller.abort()
      expect(seen).toEqual(Array.from({ length: 1500 }, (_, i) => first + 1 + i))
    })

    test('a write whose answer is lost is found, not sent again', async () => {
      const under = prefix()
      await using proxy = await CutProxy.start(etcd.port)
      await using direct = await open([etcd.url], under)
      await using backend = await open([proxy.url], under)
      const { revision: first } = await backend.putIf('/a', Buffer.from('1'), 0)
      const lose = async <T>(write: () => Promise<T>): Promise<T> => {
        const before = await direct.currentRevision()
        proxy.mode = 'mute'
        const outcome = write()
        while ((await direct.currentRevision()) === before) await sleep(5)
        proxy.mode = 'open'
        proxy.cut()
        return outcome
      }
      const created = await lose(() => backend.putIf('/b', Buffer.from('1'), 0))
      expect(created).toEqual({ succeeded: true, revision: first + 1 })
      const updated = await lose(() => backend.putIf('/a', Buffer.from('2'), first))
      expect(updated).toEqual({ succeeded: true, revision: first + 2 })
      const deleted = await lose(() => backend.deleteIf('/a', first + 2))
      expect(deleted).toEqual({ succeeded: true, revision: first + 3 })
      const overwritten = await lose(async () => {
        const outcome = backend.putIf('/b', Buffer.from('2'), first + 1)
        while ((await direct.get('/b')).kv?.value.toString() !== '2') await sleep(5)
        await direct.putIf('/b', Buffer.from('3'), first + 4)
        return outcome
      })
      expect(overwritten).toEqual({ succeeded: true, revision: first + 4 })
      expect((await direct.get('/b')).kv).toMatchObject({ modRevision: first + 5 })
    })

    test('a write that etcd never got is unknown when its key has not moved, refused when it has', async () => {
      const under = prefix()
      await using proxy = await CutProxy.start(etcd.port)
      await using direct = await open([etcd.url], under)
      await using backend = await open([proxy.url], under)
      const { revision } = await backend.putIf('/a', Buffer.from('1'), 0)
      proxy.mode = 'refusing'
      proxy.cut()
      const refused = backend.putIf('/a', Buffer.from('2'), revision)
      await direct.putIf('/a', Buffer.from('other'), revision)
      proxy.mode = 'open'
      expect(await refused).toMatchObject({
        succeeded: false,
        current: { modRevision: revision + 1 },
      })
    })

    test('etcd away: reads fail in time, health() says so; back again: everything goes on', async () => {
      await using own = await EtcdServer.start()
      await using backend = await Etcd3Backend.open({ endpoints: [own.url], timeoutMs: 4000 })
      await using storage = await openStorage(backend, { logger, probeIntervalMs: 50 })
      await storage.create('/registry/core/pods/n/a', { metadata: { name: 'a' } })
      await own.stop()
      await expect(storage.get('/registry/core/pods/n/a', 'latest')).rejects.toMatchObject({
        code: 'Unavailable',
      })
      while (storage.health().reachable) await sleep(10)
      expect((await storage.get('/registry/core/pods/n/a', 'any'))?.key).toContain('pods')
      own.resume()
      while (!storage.health().reachable) await sleep(10)
      await storage.create('/registry/core/pods/n/b', { metadata: { name: 'b' } })
      const { items } = await storage.list('/registry/core/pods/', { freshness: 'latest' })
      expect(items).toHaveLength(2)
    })

    test('a watch that failed takes its connection along: the next write waits for another', async () => {
      await using own = await EtcdServer.start()
      await using backend = await Etcd3Backend.open({ endpoints: [own.url] })
      const ended = new AbortController()
      const { revision } = await backend.putIf('/before', Buffer.from('x'), 0)
      const watch = backend.watchSince('/', revision - 1, ended.signal)[Symbol.asyncIterator]()
      expect((await watch.next()).value).toMatchObject({ events: [{ key: '/before' }] })
      await own.stop()
      await sleep(50) // The closed sockets are read: what is sent before that has an unknown outcome.
      own.resume()
      expect(await backend.putIf('/after', Buffer.from('x'), 0)).toMatchObject({ succeeded: true })
      expect((await watch.next()).value).toMatchObject({ events: [{ key: '/after' }] })
      ended.abort()
    })

    test('etcd restarted under load: what was on its way may be unknown, what is asked meanwhile waits', async () => {
      await using own = await EtcdServer.start()
      await using backend = await Etcd3Backend.open({ endpoints: [own.url] })
      const failures: unknown[] = []
      let stop = false
      const load = inParallel(16, 16, async (i) => {
        for (let n = 0; !stop && failures.length < 100; n += 1) {
          await backend
            .putIf(`/load/${i}/${n}`, Buffer.from('x'), 0)
            .catch((err: unknown) => failures.push(err))
        }
      })
      try {
        await backend.putIf('/before', Buffer.from('x'), 0)
        await own.stop()
        await sleep(50) // As above.
        const meanwhile = backend.putIf('/meanwhile', Buffer.from('x'), 0)
        own.resume()
        expect(await meanwhile).toMatchObject({ succeeded: true })
      } finally {
        stop = true
        await load
      }
      for (const failure of failures) expect(failure).toMatchObject({ code: 'Unknown' })
      expect(failures.length).toBeLessThanOrEqual(16)
    })

    test('compacted while away: the cache is loaded anew and its watchers are told', async () => {
      const under = prefix()
      await using proxy = await CutProxy.start(etcd.port)
      await using direct = await open([etcd.url], under)
      await using backend = await open([proxy.url], under)
      await using storage = await openStorage(backend, { logger })
      await storage.create('/registry/core/pods/n/a', { metadata: { name: 'a' } })
      const { signal } = new AbortController()
      const watch = storage.watch('/registry/core/pods/', await storage.currentRevision(), {
        signal,
      })
      const next = watch[Symbol.asyncIterator]().next()
      proxy.mode = 'refusing'
      proxy.cut()
      const value = Buffer.from('{"metadata":{"name":"b"}}')
      await direct.putIf('/registry/core/pods/n/b', value, 0)
      const { revision } = await direct.putIf('/registry/core/pods/n/c', value, 0)
      await direct.compact(revision)
      proxy.mode = 'open'
      await expect(next).rejects.toMatchObject({ code: 'Compacted' })
      const { items } = await storage.list('/registry/core/pods/', { freshness: 'latest' })
      expect(items).toHaveLength(3)
    })

    test('one of two endpoints is away: every operation succeeds', async () => {
      await using proxy = await CutProxy.start(etcd.port)
      const { url } = proxy
      await proxy[Symbol.asyncDispose]().catch(() => undefined)
      await using backend = await open([url, etcd.url])
      await inParallel(40, 4, async (i) => {
        const outcome = await backend.putIf(`/k/${i}`, Buffer.from('x'), 0)
        expect(outcome.succeeded).toBe(true)
        expect((await backend.get(`/k/${i}`)).kv?.modRevision).toBe(outcome.revision)
      })
    })

    test('no etcd at all is an error that names the endpoints', async () => {
      await using proxy = await CutProxy.start(1)
      const options = { endpoints: [proxy.url], timeoutMs: 500 }
      await expect(Etcd3Backend.open(options)).rejects.toMatchObject({
        code: 'Unavailable',
        message: expect.stringContaining(proxy.url) as string,
      })
    })

    test('TLS with client certificates', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kubefed-tls-'))
      onTestFinished(() => rmSync(folder, { recursive: true }))
      const tls = await makeTlsFiles(folder)
      const { ca, cert, key } = tls
      const flags = ['--cert-file', cert, '--key-file', key, '--trusted-ca-file', ca]
      await using own = await EtcdServer.start([...flags, '--client-cert-auth'])
      const options = { endpoints: [own.url], timeoutMs: 3000 }
      await using backend = await Etcd3Backend.open({ ...options, ...tls })
      const base = await backend.currentRevision()
      const { revision } = await backend.putIf('/a', Buffer.from('1'), 0)
      expect(await collect(backend, { since: base, until: revision })).toHaveLength(1)
      for (const wrong of [{ ca }, {}, { ...tls, cert: join(folder, 'none.pem') }]) {
        await expect(
          Etcd3Backend.open({ ...options, timeoutMs: 300, ...wrong }),
        ).rejects.toMatchObject({
          code: 'Unavailable',
        })
      }
    })

    test('user name and password', async () => {
      await using own = await EtcdServer.start()
      const admin = new Etcd3({ hosts: own.url })
      await (await open([own.url]))[Symbol.asyncDispose]()
      await admin.user('root').create('secret')
      await admin.user('root').addRole('root')
      await admin.auth.authEnable()
      admin.close()
      const login = { endpoints: [own.url], username: 'root', password: 'secret' }
      await using backend = await Etcd3Backend.open(login)
      const base = await backend.currentRevision()
      const { revision } = await backend.putIf('/a', Buffer.from('1'), 0)
      expect(await collect(backend, { since: base, until: revision })).toHaveLength(1)
      // With the process the tokens go that it gave out.
      await own.stop()
      own.resume()
      expect((await backend.get('/a')).kv?.modRevision).toBe(revision)
      expect((await backend.putIf('/a', Buffer.from('2'), revision)).succeeded).toBe(true)
      await expect(Etcd3Backend.open({ ...login, password: 'wrong' })).rejects.toMatchObject({
        code: 'Unavailable',
      })
    })
  })
})

test('an etcd that is not there is told with what its socket said, whenever the time is up', async () => {
  const open = async (timeoutMs: number): Promise<string> =>
    Etcd3Backend.open({ endpoints: ['http://127.0.0.1:1'], timeoutMs, logger }).then(
      () => 'opened',
      (err: Error) => err.message,
    )
  const messages = await Promise.all(Array.from({ length: 30 }, (_, i) => open(400 + 50 * i)))
  expect(new Set(messages)).toEqual(
    new Set([
      '--etcd-servers=http://127.0.0.1:1: no etcd answers there (connect ECONNREFUSED 127.0.0.1:1); start it, or name the servers of one that runs',
    ]),
  )
})

describe('progress reports', () => {
  test.each([
    ['3.4.24', false],
    ['3.4.25', true],
    ['3.5.7', false],
    ['3.5.8', true],
    ['3.6.0', true],
    ['3.3.27', false],
    ['4.0.0', true],
  ])('of etcd %s can be believed: %s', (version, expected) => {
    expect(reportsProgressInOrder(version)).toBe(expected)
  })
})

describe('shared revision reads', () => {
  test('a caller never joins a read that began before it', async () => {
    const started: PromiseWithResolvers<number>[] = []
    const reads = new RevisionReads(() => {
      const read = Promise.withResolvers<number>()
      started.push(read)
      return read.promise
    })
    const first = reads.get()
    const others = [reads.get(), reads.get()]
    expect(started).toHaveLength(1)
    started[0]?.resolve(1)
    expect(await first).toBe(1)
    await Promise.resolve()
    expect(started).toHaveLength(2)
    const late = reads.get()
    started[1]?.resolve(2)
    expect(await Promise.all(others)).toEqual([2, 2])
    while (started.length < 3) await Promise.resolve()
    started[2]?.reject(new Error('away'))
    await expect(late).rejects.toThrow('away')
    const again = reads.get()
    started[3]?.resolve(4)
    expect(await again).toBe(4)
  })
})
