import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../framework/paths.ts'
import { Connection } from './connection.ts'
import { runLoad } from './load.ts'
import { cpuSeconds, median, printTable, quantile, residentMb, round } from './measure.ts'
import { filling, listAll, type Operation, operations } from './operations.ts'
import { Ours, Reference, type Server } from './servers.ts'
import { compareWatches } from './watchers.ts'

const watchRow = 'watch'
const stateRow = 'memory and start'

/**
 * Every row of the table: ours on SQLite and on etcd against kube-apiserver 1.36 on the same etcd, the same load on each in turn.
 * `only` is a part of the names of the rows that are wanted.
 */
export async function apiBench(rounds: number, only = ''): Promise<void> {
  const folder = temporaryFolder('bench-api')
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const reference = stack.use(await Reference.start(folder))
  const etcd = reference.etcdUrl
  const servers = [
    reference,
    stack.use(await Ours.start({ name: 'ours, etcd', folder: join(folder, 'ours'), etcd })),
    stack.use(await Ours.start({ name: 'ours, SQLite', folder: join(folder, 'sqlite') })),
  ]
  const wanted = (name: string): boolean => name.includes(only)
  for (const server of servers) await fill(server)
  if (wanted(stateRow)) await compareState(servers, rounds)
  for (const operation of operations.filter(({ name }) => wanted(name))) {
    await compare(operation, servers, { rounds, etcdPid: reference.etcdPid })
  }
  if (wanted(watchRow)) await compareWatches(servers, rounds)
}

interface Sample {
  readonly rate: number
  readonly cpu: number
  readonly etcdCpu: number
  readonly p50: number
  readonly p99: number
}

async function measure(
  operation: Operation,
  server: Server,
  run: { name: string; seconds: number; etcdPid: number },
): Promise<Sample> {
  const before = cpuSeconds(server.pid)
  const etcdBefore = cpuSeconds(run.etcdPid)
  const result = await runLoad(server.target, {
    inFlight: operation.inFlight,
    seconds: run.seconds,
    request: (n) => operation.request(n, run.name),
  })
  return {
    rate: result.count / result.seconds,
    cpu: ((cpuSeconds(server.pid) - before) / result.count) * 1000,
    etcdCpu: ((cpuSeconds(run.etcdPid) - etcdBefore) / result.count) * 1000,
    p50: median(result.latencies),
    p99: quantile(result.latencies, 0.99),
  }
}

async function compare(
  operation: Operation,
  servers: readonly Server[],
  { rounds, etcdPid }: { rounds: number; etcdPid: number },
): Promise<void> {
  const sides = servers.map((server) => ({ server, samples: [] as Sample[], refusal: '' }))
  for (let r = -1; r < rounds; r++) {
    for (const side of sides.filter((s) => s.refusal === '')) {
      const run = { name: `r${r + 1}`, seconds: r < 0 ? 1 : 2, etcdPid }
      try {
        const sample = await measure(operation, side.server, run)
        if (r >= 0) side.samples.push(sample)
      } catch (err) {
        side.refusal = (err as Error).message
      }
    }
  }
  const references = sides[0]?.samples ?? []
  const rows = sides.map(({ server, samples, refusal }) => {
    const of = (pick: keyof Sample): number => median(samples.map((s) => s[pick]))
    // Of each round by itself: what slows a shared machine down for seconds slows all servers of the round.
    const times = (pick: keyof Sample): number =>
      median(samples.map((s, r) => s[pick] / (references[r]?.[pick] ?? Number.NaN)))
    return { server, of, times, refusal }
  })
  printTable(
    `${operation.name}, ${operation.inFlight} in flight, medians of ${rounds} rounds of 2 s`,
    ['server', 'per second', 'ratio', 'CPU ms', 'CPU ratio', 'etcd CPU ms', 'p50 ms', 'p99 ms'],
    rows.map(({ server, of, times, refusal }) =>
      refusal !== ''
        ? [server.name, refusal.slice(0, 60)]
        : [
            server.name,
            round(of('rate'), of('rate') < 20 ? 2 : 0),
            `${round(times('rate'), 2)}x`,
            round(of('cpu'), 3),
            `${round(1 / times('cpu'), 2)}x`,
            round(of('etcdCpu'), 3),
            round(of('p50')),
            round(of('p99')),
          ],
    ),
  )
}

async function fill(server: Server): Promise<void> {
  for (const { count, request } of filling) {
    await runLoad(server.target, { inFlight: 16, seconds: 600, count, request })
  }
}

async function listOnce(server: Server): Promise<void> {
  const connection = await Connection.open(server.target)
  for (const request of listAll) await connection.send(request)
  connection.close()
}

/** Memory when all that is stored was written and listed, after a start and a list, and how long a start takes. */
async function compareState(servers: readonly Server[], rounds: number): Promise<void> {
  const rows: (readonly string[])[] = []
  for (const server of servers) {
    await listOnce(server)
    const written = residentMb(server.pid)
    const starts: number[] = []
    const cpus: number[] = []
    const idle: number[] = []
    for (let r = 0; r < rounds; r++) {
      starts.push(await server.restart())
      cpus.push(cpuSeconds(server.pid))
      idle.push(residentMb(server.pid))
    }
    await listOnce(server)
    const started = residentMb(server.pid)
    rows.push([
      server.name,
      round(written, 0),
      round(started, 0),
      round(median(idle), 0),
      round(median(starts) / 1000, 2),
      round(median(cpus), 2),
    ])
  }
  printTable(
    'memory and start: 10,000 ConfigMaps of 1 KB and 1,000 Deployments',
    [
      'server',
      'RSS MB, written and listed',
      'started and listed',
      'started',
      'start s',
      'CPU s until ready',
    ],
    rows,
  )
}
