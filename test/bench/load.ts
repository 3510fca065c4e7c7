import { Connection, type LoadRequest, type LoadTarget } from './connection.ts'

export interface LoadResult {
  readonly count: number
  readonly seconds: number
  /** Milliseconds of each answered request. */
  readonly latencies: readonly number[]
}

interface LoadOptions {
  readonly inFlight: number
  readonly seconds: number
  /** Stop after this many requests, when that is sooner. */
  readonly count?: number
  /** The n-th request of the run; answers other than 2xx fail the run. */
  readonly request: (n: number) => LoadRequest
}

/** Closed-loop load over 4 HTTP/2 connections for a bounded time. */
export async function runLoad(target: LoadTarget, options: LoadOptions): Promise<LoadResult> {
  const connections = await Promise.all(Array.from({ length: 4 }, () => Connection.open(target)))
  const start = performance.now()
  const end = start + options.seconds * 1000
  const latencies: number[] = []
  let next = 0
  const worker = async (index: number): Promise<void> => {
    const connection = connections[index % connections.length]
    if (connection === undefined) return
    while (next < (options.count ?? Infinity) && performance.now() < end) {
      const began = performance.now()
      await connection.send(options.request(next++))
      latencies.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: options.inFlight }, (_, i) => worker(i)))
  const seconds = (performance.now() - start) / 1000
  for (const connection of connections) connection.close()
  return { count: latencies.length, seconds, latencies }
}
