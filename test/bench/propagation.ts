import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ApiClient } from '#client/api-client.ts'
import { clientFromKubeconfig, loadKubeconfig } from '#client/kubeconfig.ts'
import { freePorts, RealMember } from '../framework/envtest.ts'
import { root, temporaryFolder } from '../framework/paths.ts'
import { Program, run } from '../framework/process.ts'
import { Arrivals } from './arrivals.ts'
import { cpuSeconds, median, printTable, quantile, residentMb, round } from './measure.ts'

const configMaps = { group: '', version: 'v1', resource: 'configmaps' }
const namespace = 'bench'

/** A federation on SQLite with two real members that are joined, and a watch on each member. */
interface Setup {
  readonly federation: ApiClient
  readonly members: readonly RealMember[]
  readonly arrivals: readonly Arrivals[]
  readonly pid: number
}

/** Burst of 300 ConfigMaps into 2 real members, single creates, and a paused member beside a healthy one. */
export async function propagationBench(rounds: number): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const setup = await startFederation(stack)
  await burst(setup, { prefix: 'warm', count: 50 })
  await burstBench(setup, rounds)
  await singleBench(setup)
  await pausedBench(setup, rounds)
  console.log(`\nfederation-server RSS ${round(residentMb(setup.pid), 0)} MB`)
}

async function burstBench(setup: Setup, rounds: number): Promise<void> {
  const rows: string[][] = []
  for (let r = 0; r < rounds; r++) {
    const before = cpuSeconds(setup.pid)
    const { latencies, seconds } = await burst(setup, { prefix: `burst-${r}`, count: 300 })
    const all = latencies.flat()
    const cpu = ((cpuSeconds(setup.pid) - before) / all.length) * 1000
    rows.push([
      String(r + 1),
      round(all.length / seconds, 0),
      round(median(all), 0),
      round(quantile(all, 0.99), 0),
      round(cpu, 2),
    ])
  }
  const header = ['round', 'objects·members/s', 'p50 ms', 'p99 ms', 'our CPU ms an object·member']
  printTable(
    'burst of 300 ConfigMaps into 2 real members (from the create being sent)',
    header,
    rows,
  )
}

async function singleBench(setup: Setup): Promise<void> {
  const worst: number[] = []
  for (let i = 0; i < 50; i++) {
    const { latencies } = await burst(setup, { prefix: `single-${i}`, count: 1 })
    worst.push(Math.max(...latencies.flat()))
  }
  console.log(
    `\nsingle create to present in both members: median ${round(median(worst))} ms, p99 ${round(quantile(worst, 0.99))} ms (50)`,
  )
}

/** Pairs of runs of 100: undisturbed, then with the second member paused; the first member's latencies are compared. */
async function pausedBench(setup: Setup, rounds: number): Promise<void> {
  const rows: string[][] = []
  const [healthy] = setup.arrivals
  const paused = setup.members[1]
  if (healthy === undefined || paused === undefined) return
  for (let r = 0; r < rounds; r++) {
    const calm = (await burst(setup, { prefix: `calm-${r}`, count: 100 })).latencies[0] ?? []
    await paused.fault('pause')
    const disturbed =
      (await burst({ ...setup, arrivals: [healthy] }, { prefix: `paused-${r}`, count: 100 }))
        .latencies[0] ?? []
    await paused.fault('resume')
    await setup.arrivals[1]?.arrived(
      Array.from({ length: 100 }, (_, i) => `paused-${r}-${i}`),
      120_000,
    )
    const ratio = (q: number): string => `${round(quantile(disturbed, q) / quantile(calm, q), 2)}x`
    rows.push([
      String(r + 1),
      ...[0.5, 0.99].flatMap((q) => [
        round(quantile(calm, q), 0),
        round(quantile(disturbed, q), 0),
        ratio(q),
      ]),
    ])
  }
  const header = ['pair', 'p50 calm', 'p50 paused', 'ratio', 'p99 calm', 'p99 paused', 'ratio']
  printTable('the healthy member while the other is paused, runs of 100, ms', header, rows)
  const mid = (i: number): string =>
    `${round(median(rows.map((row) => Number.parseFloat(row[i] ?? ''))), 2)}x`
  console.log(`  median ratio: p50 ${mid(3)}, p99 ${mid(6)}`)
}

/** Creates `count` ConfigMaps 32 at a time and waits for all to arrive; latencies per member, from the create being sent. */
async function burst(
  setup: Setup,
  what: { prefix: string; count: number },
): Promise<{ latencies: number[][]; seconds: number }> {
  const names = Array.from({ length: what.count }, (_, i) => `${what.prefix}-${i}`)
  const sent = new Map<string, number>()
  const queue = names.values()
  const worker = async (): Promise<void> => {
    for (const name of queue) {
      sent.set(name, performance.now())
      const object = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace },
        data: { text: 'x'.repeat(200) },
      }
      await setup.federation.create(configMaps, object)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: 32 }, worker))
  const arrived = await Promise.all(setup.arrivals.map((a) => a.arrived(names, 120_000)))
  const end = Math.max(...arrived.flat())
  const latencies = arrived.map((times) =>
    times.map((time, i) => time - (sent.get(names[i] ?? '') ?? 0)),
  )
  return { latencies, seconds: (end - start) / 1000 }
}

async function startFederation(stack: AsyncDisposableStack): Promise<Setup> {
  const folder = temporaryFolder('bench-propagation')
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const members = await Promise.all(
    ['first', 'second'].map((n) => RealMember.up(n, join(folder, 'members'), { region: n })),
  )
  for (const member of members) stack.use(member)
  const port = await freePorts(2)
  const args = [
    '--data-dir',
    join(folder, 'data'),
    '--port',
    String(port),
    '--dns-port',
    String(port + 1),
  ]
  const server = stack.use(new Program('federation-server', args))
  await server.prints(/ready/i)
  const paths = [join(folder, 'data', 'kubeconfig'), ...members.map((m) => m.kubeconfig)]
  for (const member of members) await joinMember(member.name, paths.join(':'))
  const config = await loadKubeconfig(paths)
  const federation = stack.use(await clientFromKubeconfig(config, 'federation'))
  await federation.create(
    { group: '', version: 'v1', resource: 'namespaces' },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  )
  const arrivals: Arrivals[] = []
  for (const member of members) {
    const client = stack.use(await clientFromKubeconfig(config, member.name))
    arrivals.push(stack.use(await Arrivals.watch(client, configMaps, namespace)))
  }
  return { federation, members, arrivals, pid: server.pid }
}

async function joinMember(name: string, kubeconfig: string): Promise<void> {
  const entry = join(root, 'deploy', 'bin', 'kubefed.mjs')
  const args = [
    'join',
    name,
    '--context=federation',
    `--cluster-context=${name}`,
    '--host-cluster-context=federation',
  ]
  const result = await run(process.execPath, [entry, ...args], { env: { KUBECONFIG: kubeconfig } })
  if (result.code !== 0) throw new Error(`kubefed join ${name}: ${result.stderr}`)
}
