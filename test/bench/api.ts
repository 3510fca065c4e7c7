import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { freePorts, RealMember } from '../framework/envtest.ts'
import { temporaryFolder } from '../framework/paths.ts'
import { Program } from '../framework/process.ts'
import { type LoadRequest, type LoadTarget, runLoad } from './load.ts'
import { cpuSeconds, median, printTable, quantile, residentMb, round } from './measure.ts'

/** One API server under load. */
interface Side {
  readonly name: string
  readonly pid: number
  readonly target: LoadTarget
}

interface Operation {
  readonly name: string
  readonly inFlight: number
  readonly request: (n: number, run: string) => LoadRequest
}

const configMap = (name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { text: 'x'.repeat(900) },
  })

const deployment = (name: string): string => {
  const labels = { app: name }
  const container = {
    name: 'web',
    image: 'registry.example.test/web:1',
    ports: [{ containerPort: 80 }],
    resources: { requests: { cpu: '100m', memory: '128Mi' } },
  }
  const spec = {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container] } },
  }
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec,
  })
}

const deployments = '/apis/apps/v1/namespaces/default/deployments'
const configMaps = '/api/v1/namespaces/default/configmaps'

const operations: readonly Operation[] = [
  {
    name: 'GET one Deployment',
    inFlight: 64,
    request: (n) => ({ method: 'GET', path: `${deployments}/d-${n % 500}` }),
  },
  {
    name: 'LIST 500 Deployments',
    inFlight: 4,
    request: () => ({ method: 'GET', path: deployments }),
  },
  {
    name: 'create a 1 KB ConfigMap',
    inFlight: 64,
    request: (n, run) => ({ method: 'POST', path: configMaps, body: configMap(`${run}-${n}`) }),
  },
]

/** GET, LIST of 500 and create: ours on SQLite and on etcd against kube-apiserver 1.36 on the same etcd, interleaved. */
export async function apiBench(rounds: number): Promise<void> {
  const folder = temporaryFolder('bench-api')
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const member = stack.use(await RealMember.up('reference', folder, { pods: false }))
  const reference = sideOf('kube-apiserver 1.36', member.apiServerPid, member.kubeconfig)
  const sqlite = await startOurs(stack, { name: 'ours, SQLite', folder: join(folder, 'sqlite') })
  const etcd = await startOurs(stack, {
    name: 'ours, etcd',
    folder: join(folder, 'ours'),
    etcd: member.etcdUrl,
  })
  const sides = [reference, sqlite, etcd]
  for (const side of sides) await fill(side)
  for (const operation of operations) await compare(operation, sides, rounds)
  printTable(
    'memory',
    ['server', 'RSS MB'],
    sides.map((s) => [s.name, round(residentMb(s.pid), 0)]),
  )
}

async function compare(
  operation: Operation,
  sides: readonly Side[],
  rounds: number,
): Promise<void> {
  const samples = new Map(
    sides.map((s) => [s, [] as { rate: number; cpu: number; p50: number; p99: number }[]]),
  )
  for (let r = -1; r < rounds; r++) {
    for (const side of sides) {
      const before = cpuSeconds(side.pid)
      const run = `r${r + 1}`
      const result = await runLoad(side.target, {
        inFlight: operation.inFlight,
        seconds: r < 0 ? 1 : 2,
        request: (n) => operation.request(n, run),
      })
      const cpu = ((cpuSeconds(side.pid) - before) / result.count) * 1000
      const sample = {
        rate: result.count / result.seconds,
        cpu,
        p50: median(result.latencies),
        p99: quantile(result.latencies, 0.99),
      }
      if (r >= 0) samples.get(side)?.push(sample)
    }
  }
  const of = (side: Side, pick: 'rate' | 'cpu' | 'p50' | 'p99'): number =>
    median((samples.get(side) ?? []).map((s) => s[pick]))
  const [reference] = sides
  printTable(
    `${operation.name}, ${operation.inFlight} in flight, median of ${rounds} interleaved rounds of 2 s`,
    ['server', 'per second', 'ratio', 'CPU ms an operation', 'p50 ms', 'p99 ms'],
    sides.map((side) => [
      side.name,
      round(of(side, 'rate'), 0),
      reference === undefined ? '' : `${round(of(side, 'rate') / of(reference, 'rate'), 2)}x`,
      round(of(side, 'cpu'), 3),
      round(of(side, 'p50')),
      round(of(side, 'p99')),
    ]),
  )
}

async function fill(side: Side): Promise<void> {
  await runLoad(side.target, {
    inFlight: 8,
    seconds: 60,
    count: 500,
    request: (n) => ({ method: 'POST', path: deployments, body: deployment(`d-${n}`) }),
  })
}

async function startOurs(
  stack: AsyncDisposableStack,
  options: { name: string; folder: string; etcd?: string },
): Promise<Side> {
  const port = await freePorts(1)
  const args = ['--data-dir', options.folder, '--secure-port', String(port)]
  if (options.etcd !== undefined)
    args.push('--etcd-servers', options.etcd, '--etcd-prefix', '/ours')
  const program = stack.use(new Program('federation-apiserver', args))
  await program.prints(/ready|serving|listening/i)
  return sideOf(options.name, program.pid, join(options.folder, 'kubeconfig'))
}

interface KubeconfigFile {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
}

function sideOf(name: string, pid: number, kubeconfig: string): Side {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as KubeconfigFile
  const cluster = config.clusters[0]?.cluster
  const user = config.users[0]?.user
  const text = (base64: string | undefined): string =>
    Buffer.from(base64 ?? '', 'base64').toString('utf8')
  const tls = {
    ca: text(cluster?.['certificate-authority-data']),
    cert: text(user?.['client-certificate-data']),
    key: text(user?.['client-key-data']),
  }
  return { name, pid, target: { url: cluster?.server ?? '', tls } }
}
