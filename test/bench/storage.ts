import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openBackend } from '../../federation-apiserver/storage/factory.ts'
import { openStorage } from '../../federation-apiserver/storage/object-storage.ts'
import { inParallel } from '../../federation-apiserver/storage/testing/watching.ts'

// What storage alone costs: `node test/bench/storage.ts [sqlite | memory]`. Operations a second and CPU of this process (all threads) for each.
const type = process.argv[2] === 'memory' ? 'memory' : 'sqlite'
const folder = mkdtempSync(join(tmpdir(), 'kubefed-bench-'))
const path = join(folder, 'state.db')
const logger = pino({ level: 'warn' })
const deployments = '/registry/apps/deployments/'
const objects = 11_000

async function measure(name: string, count: number, run: () => Promise<unknown>): Promise<void> {
  const cpu = process.cpuUsage()
  const started = performance.now()
  await run()
  const { user, system } = process.cpuUsage(cpu)
  const ms = performance.now() - started
  const rate = Math.round((count / ms) * 1000)
  const each = ((user + system) / count).toFixed(1)
  console.log(`${name.padEnd(36)} ${rate.toString().padStart(9)}/s ${each.padStart(8)} µs CPU each`)
}

const deployment = (i: number): object => ({
  metadata: { name: `d${i}`, namespace: 'shop', uid: crypto.randomUUID(), labels: { app: 'x' } },
  spec: { replicas: i, padding: 'x'.repeat(800) },
})

{
  await using backend = await openBackend({ type, path })
  await using storage = await openStorage(backend, { logger })
  const key = (i: number): string => `${deployments}shop/d${i}`
  await measure('create 1 KB, 1 in flight', 1000, () =>
    inParallel(1000, 1, (i) => storage.create(`${deployments}one/d${i}`, deployment(i))),
  )
  await measure('create 1 KB, 64 in flight', objects, () =>
    inParallel(objects, 64, (i) => storage.create(key(i), deployment(i))),
  )
  await measure('update, 64 in flight', objects, () =>
    inParallel(objects, 64, (i) => storage.guaranteedUpdate(key(i), () => deployment(i + 1))),
  )
  await measure('get, latest', 200_000, () =>
    inParallel(200_000, 64, (i) => storage.get(key(i % objects), 'latest')),
  )
  await measure('list of 500, latest', 20_000, () =>
    inParallel(20_000, 64, () => storage.list(deployments, { freshness: 'latest', limit: 500 })),
  )
}
if (type === 'sqlite') {
  await using backend = await openBackend({ type, path })
  await measure('load at start, per object', objects + 1000, async () => {
    await using _ = await openStorage(backend, { logger })
  })
}
rmSync(folder, { recursive: true })
