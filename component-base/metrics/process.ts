import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Registry } from './registry.ts'

/** Undefined where the system has no /proc. */
function fromProc<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

const openFiles = (): number | undefined => fromProc(() => readdirSync('/proc/self/fd').length)

const virtualBytes = (): number | undefined =>
  fromProc(() => {
    const [, kilobytes] =
      /^VmSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  })

const maxFiles = (): number | undefined =>
  fromProc(() => {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? undefined : Number(soft)
  })

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** The process under the names that every Prometheus client uses, and what only Node has under those of prom-client. */
export function addProcessMetrics(registry: Registry): void {
  const add = (
    type: 'counter' | 'gauge',
    [name, help]: readonly [string, string],
    read: () => number | undefined,
  ): void =>
    registry.collect({ name, help, type }, () => {
      const value = read()
      return value === undefined ? [] : [[[], value]]
    })
  const started = Math.round((Date.now() / 1000 - process.uptime()) * 100) / 100
  const lag = monitorEventLoopDelay({ resolution: 20 })
  lag.enable()
  const lagOf = (nanoseconds: number): number => nanoseconds / 1e9
  const gauge = (name: string, help: string, read: () => number | undefined): void =>
    add('gauge', [name, help], read)
  add(
    'counter',
    ['process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.'],
    cpuSeconds,
  )
  gauge('process_max_fds', 'Maximum number of open file descriptors.', maxFiles)
  gauge('process_open_fds', 'Number of open file descriptors.', openFiles)
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () =>
    process.memoryUsage.rss(),
  )
  gauge(
    'process_start_time_seconds',
    'Start time of the process since unix epoch in seconds.',
    () => started,
  )
  gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', virtualBytes)
  gauge(
    'nodejs_heap_size_used_bytes',
    'Heap in use in bytes.',
    () => process.memoryUsage().heapUsed,
  )
  gauge(
    'nodejs_external_memory_bytes',
    'Memory of buffers and the like in bytes.',
    () => process.memoryUsage().external,
  )
  gauge('nodejs_eventloop_lag_mean_seconds', 'Mean delay of the event loop since the start.', () =>
    lagOf(Number.isNaN(lag.mean) ? 0 : lag.mean),
  )
  gauge('nodejs_eventloop_lag_p99_seconds', 'The 99th percentile of that delay.', () =>
    lagOf(lag.percentile(99)),
  )
}
