import type { Logger } from 'pino'
import { type ServiceDNSRecord, serviceDNSRecords } from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { delay } from '#client/back-off.ts'
import { Informer } from '#client/informer.ts'
import { soaExpireSeconds } from './apex.ts'
import type { ServingState } from './plugins/plugin.ts'
import { readSnapshot, writeSnapshot } from './snapshot-file.ts'
import { recordKey, ZoneBuilder, type ZoneOptions } from './zone-builder.ts'

export interface EndpointSourceOptions extends ZoneOptions {
  readonly client: ApiClient
  readonly logger: Logger
  /** Where the data is kept for a restart while the API is away; nowhere when absent. */
  readonly snapshotFile?: string
}

/** Changes within this time make one version of the zone. */
const coalesceMs = 20
const snapshotEveryMs = 1_000
/** Data that does not change is current all the same, and its snapshot says so this often. */
const snapshotRenewalMs = 60_000
const tickMs = 1_000
const staleAfterMs = 5 * 60_000
const expiredAfterMs = soaExpireSeconds * 1000
/** The API is asked again soon: names are waiting. */
const backOff = { initialMs: 250, maxMs: 5_000, jitter: 0.5 }

/**
 * Keeps the zone as the federation's ServiceDNSRecords have it. While the API is away the last version is served on; it
 * is at most as old as `ageMs`.
 */
export class EndpointSource {
  readonly #options: EndpointSourceOptions
  readonly #logger: Logger
  readonly #builder: ZoneBuilder
  readonly #informer: Informer<ServiceDNSRecord>
  #state: ServingState
  #recheckAtMs = Number.POSITIVE_INFINITY
  /** When the snapshot that was loaded was current; 0 without one. */
  #snapshotTimeMs = 0
  #buildAsked = Promise.withResolvers<void>()
  #unsaved = false
  /** When the data in the snapshot file was last known to be current. */
  #savedTimeMs = 0

  constructor(options: EndpointSourceOptions) {
    this.#options = options
    this.#logger = options.logger
    this.#builder = new ZoneBuilder({
      ...options,
      onBadRecord: (record, err) => this.#logger.warn({ record, err }, 'bad record kept out'),
    })
    this.#informer = new Informer<ServiceDNSRecord>({
      client: options.client,
      gvr: serviceDNSRecords,
      logger: options.logger,
      backOff,
    })
    this.#state = { origin: this.#builder.origin, stale: false, expired: false }
  }

  /** What to answer from now; the same object until something changes. */
  get state(): ServingState {
    return this.#state
  }

  get serial(): number {
    return this.#builder.serial
  }

  /** Whether the API has been heard since the start. */
  hasSynced(): boolean {
    return this.#informer.hasSynced()
  }

  /** Milliseconds since the data was last known to be current; 0 while the watch is healthy. */
  ageMs(nowMs = Date.now()): number {
    if (this.#informer.hasSynced() && this.#informer.lastError === undefined) return 0
    const since = this.#informer.hasSynced() ? this.#informer.lastContact : this.#snapshotTimeMs
    return since === 0 ? 0 : nowMs - since
  }

  /** Reads the snapshot file, if there is one; a damaged one is reported and passed over. */
  async loadSnapshot(): Promise<void> {
    const path = this.#options.snapshotFile
    if (path === undefined) return
    try {
      const snapshot = await readSnapshot(path)
      if (snapshot === undefined) return
      this.#snapshotTimeMs = snapshot.timeMs
      this.#builder.seeSerial(snapshot.serial)
      this.#builder.replace(snapshot.records)
      this.#build()
      this.#logger.info({ path, serial: snapshot.serial }, 'serving from the snapshot file')
    } catch (err) {
      this.#logger.warn({ path, err }, 'snapshot file not used')
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = this.#informer.onChange(({ type, object }) => {
      if (!this.#informer.hasSynced()) return
      if (type === 'DELETED') this.#builder.delete(recordKey(object))
      else this.#builder.set(object)
      this.#buildAsked.resolve()
    })
    await Promise.all([
      this.#informer.run(signal),
      this.#takeFirstList(signal),
      this.#buildWhenAsked(signal),
      this.#tick(signal),
      this.#saveRegularly(signal),
    ])
    stop()
  }

  async #takeFirstList(signal: AbortSignal): Promise<void> {
    if (!(await this.#informer.waitForSync(signal))) return
    this.#builder.replace(this.#informer.list())
    this.#buildAsked.resolve()
  }

  async #buildWhenAsked(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#buildAsked.resolve()
    signal.addEventListener('abort', stop, { once: true })
    while (!signal.aborted) {
      await this.#buildAsked.promise
      if (signal.aborted) break
      this.#buildAsked = Promise.withResolvers<void>()
      this.#build()
      await delay(coalesceMs, signal)
    }
    signal.removeEventListener('abort', stop)
  }

  #build(): void {
    try {
      this.#recheckAtMs = this.#builder.build(Date.now())
      this.#unsaved = true
    } catch (err) {
      this.#logger.error({ err }, 'zone not compiled, the last version is served on')
    }
    this.#refreshState()
  }

  #refreshState(): void {
    const age = this.ageMs()
    const table = this.#builder.table
    const stale = age > staleAfterMs
    const expired = age > expiredAfterMs
    const { origin } = this.#builder
    this.#state =
      table === undefined ? { origin, stale, expired } : { origin, table, stale, expired }
  }

  /** Time alone changes answers too: a grace ends, data grows stale. */
  async #tick(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(tickMs, signal)
      if (Date.now() >= this.#recheckAtMs) this.#buildAsked.resolve()
      this.#refreshState()
    }
  }

  /** Once more at the end: a restart goes on from here. */
  async #saveRegularly(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(snapshotEveryMs, signal)
      await this.#save(signal.aborted ? 0 : snapshotRenewalMs)
    }
  }

  /** Only what the API said, and as of when it was last heard: a snapshot does not grow younger while the API is away. */
  async #save(renewalMs: number): Promise<void> {
    const path = this.#options.snapshotFile
    if (path === undefined || !this.#informer.hasSynced()) return
    const timeMs = Date.now() - this.ageMs()
    if (!this.#unsaved && timeMs - this.#savedTimeMs <= renewalMs) return
    this.#unsaved = false
    try {
      await writeSnapshot(path, { timeMs, serial: this.serial, records: this.#builder.records() })
      this.#savedTimeMs = timeMs
    } catch (err) {
      this.#unsaved = true
      this.#logger.warn({ path, err }, 'snapshot file not written')
    }
  }
}
