import { readdirSync } from 'node:fs'

export interface ProcessMetric {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly value: number
}

/** Open file descriptors; undefined where the system has no /proc. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}

/** The process under the names that every Prometheus client uses. */
export function processMetrics(): ProcessMetric[] {
  const { user, system } = process.cpuUsage()
  const memory = process.memoryUsage()
  const files = openFiles()
  const gauge = (name: string, help: string, value: number): ProcessMetric => ({
    name,
    type: 'gauge',
    help,
    value,
  })
  return [
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'User and system CPU time in seconds.',
      value: (user + system) / 1e6,
    },
    gauge('process_resident_memory_bytes', 'Resident memory in bytes.', memory.rss),
    gauge(
      'process_start_time_seconds',
      'Start of the process in seconds since 1970.',
      Math.round(Date.now() / 1000 - process.uptime()),
    ),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use in bytes.', memory.heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory of buffers in bytes.', memory.external),
    ...(files === undefined ? [] : [gauge('process_open_fds', 'Open file descriptors.', files)]),
  ]
}
