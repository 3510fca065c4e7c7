import { type ClientHttp2Session, connect } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from './connection.ts'
import { cpuSeconds, median, printTable, round } from './measure.ts'
import { watched } from './operations.ts'
import type { Server } from './servers.ts'

const connections = 100
const perConnection = 10
const watchers = connections * perConnection
const writesPerRound = 30
const writeIntervalMs = 100
const newline = 0x0a

/** Watchers of one resource, ten on each connection, that count what they are sent. */
class Watchers implements Disposable {
  readonly #sessions: ClientHttp2Session[] = []
  readonly #wanted: { events: number; reached: () => void }[] = []
  #events = 0

  get events(): number {
    return this.#events
  }

  async open(server: Server): Promise<void> {
    const opened: Promise<void>[] = []
    for (let i = 0; i < connections; i++) {
      const session = connect(server.target.url, server.target.tls)
      this.#sessions.push(session)
      for (let j = 0; j < perConnection; j++) opened.push(this.#watch(session))
      if (i % 10 === 9) await Promise.all(opened)
    }
    await Promise.all(opened)
  }

  /** Resolves when this many events in all have been counted. */
  async counted(events: number): Promise<void> {
    if (this.#events >= events) return
    await new Promise<void>((reached) => this.#wanted.push({ events, reached }))
  }

  [Symbol.dispose](): void {
    for (const session of this.#sessions) session.destroy()
  }

  #watch(session: ClientHttp2Session): Promise<void> {
    const stream = session.request({ ':path': `${watched.collection}?watch=true` })
    stream.on('data', (chunk: Buffer) => this.#count(chunk))
    return new Promise((resolve, reject) => {
      // Every watcher is sent the object as it was when it came.
      stream.once('data', () => resolve())
      stream.once('error', reject)
    })
  }

  #count(chunk: Buffer): void {
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) {
      this.#events += 1
    }
    while ((this.#wanted[0]?.events ?? Infinity) <= this.#events) this.#wanted.shift()?.reached()
  }
}

interface Sample {
  readonly cpuMicroseconds: number
  readonly lastMs: number
}

/** Ten writes a second; CPU for each event delivered, and how long the last of the watchers waited. */
async function oneRound(server: Server, from: Watchers, run: string): Promise<Sample> {
  const connection = await Connection.open(server.target)
  const before = cpuSeconds(server.pid)
  const waits: number[] = []
  const base = from.events
  for (let n = 0; n < writesPerRound; n++) {
    const began = performance.now()
    const all = from.counted(base + (n + 1) * watchers)
    await connection.send(watched.change(n, run))
    await all
    waits.push(performance.now() - began)
    await sleep(Math.max(0, began + writeIntervalMs - performance.now()))
  }
  const cpu = cpuSeconds(server.pid) - before
  connection.close()
  return { cpuMicroseconds: (cpu / (writesPerRound * watchers)) * 1e6, lastMs: median(waits) }
}

/** 1,000 watchers of one resource at each server, ten writes a second to one server at a time. */
export async function compareWatches(servers: readonly Server[], rounds: number): Promise<void> {
  using stack = new DisposableStack()
  const sides: { server: Server; watchers: Watchers; samples: Sample[] }[] = []
  for (const server of servers) {
    const connection = await Connection.open(server.target)
    await connection.send(watched.create())
    connection.close()
    const opened = stack.use(new Watchers())
    await opened.open(server)
    sides.push({ server, watchers: opened, samples: [] })
  }
  for (let r = -1; r < rounds; r++) {
    for (const side of sides) {
      const sample = await oneRound(side.server, side.watchers, `r${r + 1}`)
      if (r >= 0) side.samples.push(sample)
    }
  }
  const references = sides[0]?.samples ?? []
  const rows = sides.map(({ server, samples }) => ({
    name: server.name,
    cpu: median(samples.map((s) => s.cpuMicroseconds)),
    last: median(samples.map((s) => s.lastMs)),
    // Of each round by itself, as for the other rows.
    times: median(
      samples.map((s, r) => (references[r]?.cpuMicroseconds ?? Number.NaN) / s.cpuMicroseconds),
    ),
  }))
  printTable(
    `watch: ${watchers} watchers of one resource on ${connections} connections, 10 writes a second`,
    ['server', 'CPU µs an event', 'events a CPU second', 'ratio', 'all have it after ms'],
    rows.map(({ name, cpu, last, times }) => [
      name,
      round(cpu),
      round(1e6 / cpu, 0),
      `${round(times, 2)}x`,
      round(last),
    ]),
  )
}
