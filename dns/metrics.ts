const rcodeNames = new Map([
  [0, 'NOERROR'],
  [1, 'FORMERR'],
  [2, 'SERVFAIL'],
  [3, 'NXDOMAIN'],
  [4, 'NOTIMP'],
  [5, 'REFUSED'],
  [9, 'NOTAUTH'],
  [16, 'BADVERS'],
])

/** Gauges that are read when somebody asks. */
export interface Gauges {
  readonly serial: number
  readonly names: number
  readonly ready: boolean
  /** Seconds since the data was last known to be current. */
  readonly ageSeconds: number
  readonly tcpConnections: number
}

/** Counters of one server, made for a cheap step a packet. */
export class Metrics {
  readonly #queries = { udp: 0, tcp: 0 }
  readonly #replies = new Uint32Array(32)
  #dropped = 0

  countQuery(transport: 'udp' | 'tcp'): void {
    this.#queries[transport]++
  }

  countReply(code: number): void {
    this.#replies[code] = (this.#replies[code] ?? 0) + 1
  }

  countDropped(): void {
    this.#dropped++
  }

  /** Queries that came in so far. */
  get queries(): number {
    return this.#queries.udp + this.#queries.tcp
  }

  /** Prometheus' text format. */
  render(gauges: Gauges): string {
    const lines = [
      '# TYPE fed_dns_queries_total counter',
      `fed_dns_queries_total{proto="udp"} ${this.#queries.udp}`,
      `fed_dns_queries_total{proto="tcp"} ${this.#queries.tcp}`,
      '# TYPE fed_dns_responses_total counter',
      ...[...rcodeNames].map(
        ([code, name]) => `fed_dns_responses_total{rcode="${name}"} ${this.#replies[code] ?? 0}`,
      ),
      '# TYPE fed_dns_dropped_total counter',
      `fed_dns_dropped_total ${this.#dropped}`,
      '# TYPE fed_dns_zone_serial gauge',
      `fed_dns_zone_serial ${gauges.serial}`,
      '# TYPE fed_dns_zone_names gauge',
      `fed_dns_zone_names ${gauges.names}`,
      '# TYPE fed_dns_sync_state gauge',
      `fed_dns_sync_state ${gauges.ready ? 1 : 0}`,
      '# TYPE fed_dns_snapshot_age_seconds gauge',
      `fed_dns_snapshot_age_seconds ${gauges.ageSeconds}`,
      '# TYPE fed_dns_tcp_connections gauge',
      `fed_dns_tcp_connections ${gauges.tcpConnections}`,
    ]
    return `${lines.join('\n')}\n`
  }
}
