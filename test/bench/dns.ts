import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../framework/process.ts'
import { temporaryFolder } from '../framework/paths.ts'
import { cpuSeconds, median, printTable, round } from './measure.ts'

const seconds = 3
const queries = ['nginx.default.myfed.svc.example.com', 'ns1.example.com', 'ns2.example.com']

interface Side {
  readonly name: string
  readonly child: ChildProcess
  readonly port: number
  readonly samples: { rate: number; cpuMicroseconds: number }[]
}

async function start(name: string, which: 'ours' | 'stock' | 'echo'): Promise<Side> {
  const program = join(import.meta.dirname, 'dns-server.ts')
  const child = spawn(process.execPath, [program, which], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(/port (\d+)/.exec(line.toString())?.[1])
  return { name, child, port, samples: [] }
}

/** A queries by dnsperf; every answer must be NOERROR. */
async function measure({ child, port }: Side, file: string): Promise<Side['samples'][number]> {
  const { pid } = child
  if (pid === undefined) throw new Error('the server did not start')
  const before = cpuSeconds(pid)
  const options = ['-s', '127.0.0.1', '-p', String(port), '-d', file, '-l', String(seconds)]
  const { code, stdout, stderr } = await run('dnsperf', [...options, '-c', '4', '-q', '200'])
  const count = Number(/Queries completed:\s+(\d+)/.exec(stdout)?.[1])
  if (code !== 0 || !(count > 0)) throw new Error(`dnsperf (Debian: dnsperf): ${stderr}${stdout}`)
  if (!/NOERROR \d+ \(100\.00%\)/.test(stdout)) throw new Error(`wrong answers: ${stdout}`)
  const rate = Number(/Queries per second:\s+([\d.]+)/.exec(stdout)?.[1])
  return { rate, cpuMicroseconds: ((cpuSeconds(pid) - before) / count) * 1e6 }
}

/** The federation's DNS server against dns2 as it comes, with the same A records, and against a bare socket of Node: the same load on each in turn. */
export async function dnsBench(rounds: number): Promise<void> {
  const folder = temporaryFolder('bench-dns')
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'queries')
  writeFileSync(file, queries.map((name) => `${name} A\n`).join(''))
  const sides = [
    await start('dns2 3.1.1', 'stock'),
    await start('ours', 'ours'),
    await start('a socket that echoes', 'echo'),
  ]
  stack.defer(() => sides.forEach(({ child }) => child.kill()))
  for (let r = -1; r < rounds; r++) {
    for (const side of sides) {
      const sample = await measure(side, file)
      if (r >= 0) side.samples.push(sample)
    }
  }
  const rows = sides.map(({ name, samples }) => ({
    name,
    rate: median(samples.map((s) => s.rate)),
    cpu: median(samples.map((s) => s.cpuMicroseconds)),
  }))
  const [reference = { rate: Number.NaN, cpu: Number.NaN }] = rows
  printTable(
    `A queries over UDP, 200 outstanding, median of ${rounds} rounds of ${seconds} s`,
    ['server', 'per second', 'ratio', 'CPU µs', 'CPU ratio'],
    rows.map(({ name, rate, cpu }) => [
      name,
      round(rate, 0),
      `${round(rate / reference.rate, 2)}x`,
      round(cpu),
      `${round(reference.cpu / cpu, 2)}x`,
    ]),
  )
}
