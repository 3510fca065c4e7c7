import { isAlreadyExists, isConflict, isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Logger } from 'pino'
import type { ApiClient } from './api-client.ts'
import { delay } from './back-off.ts'

/** coordination.k8s.io/v1 Lease. */
interface Lease extends ApiObject {
  spec?: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    /** MicroTime. */
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

export interface LeaderElectorOptions {
  readonly client: ApiClient
  readonly namespace: string
  /** Of the Lease. */
  readonly name: string
  /** Of this process; no two may have the same. */
  readonly identity: string
  /** Others wait so long after the last change of the Lease that they have seen. Default 15 000. */
  readonly leaseDurationMs?: number
  /** Who could not renew for so long stops leading; less than the lease's duration. Default 10 000. */
  readonly renewDeadlineMs?: number
  /** Between tries. Default 2 000. */
  readonly retryPeriodMs?: number
  readonly logger: Logger
}

const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' }

/** Time to give the lease back: short of it others wait for the whole duration. */
const leastReleaseMs = 1_000

const microTime = (): string => new Date().toISOString().replace('Z', '000Z')

/**
 * Lets one of several processes work at a time, by a Lease. All times are measured on this process's monotonic clock:
 * a Lease counts as given up when it has not changed while we looked for its whole duration, so clocks need not agree.
 * A leader counts its deadline from before the request that last renewed, so it stops before another can start.
 */
export class LeaderElector {
  readonly #options: Required<LeaderElectorOptions>
  readonly #logger: Logger
  /** The Lease as last seen, and when its version was first seen. */
  #seen: { lease: Lease; since: number } | undefined
  #isLeader = false

  constructor(options: LeaderElectorOptions) {
    this.#options = {
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      ...options,
    }
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = this.#options
    if (!(retryPeriodMs < renewDeadlineMs && renewDeadlineMs < leaseDurationMs))
      throw new RangeError('a lease must be: retry period < renew deadline < lease duration')
    this.#logger = options.logger.child({ lease: `${options.namespace}/${options.name}` })
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  /** Who held the Lease when it was last read; '' when nobody did. */
  get holder(): string {
    return this.#seen?.lease.spec?.holderIdentity ?? ''
  }

  /**
   * Waits for the lease, then runs `lead` and renews. Resolves when the signal aborts or `lead` ends, after giving the
   * lease back; rejects when leadership is lost, after `lead`, whose signal was aborted, has ended.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const acquiredAt = await this.#acquire(signal)
    if (acquiredAt === undefined) return
    const lost = new AbortController()
    const done = new AbortController()
    this.#isLeader = true
    this.#logger.info({ identity: this.#options.identity }, 'became leader')
    const renewing = this.#renew(acquiredAt, {
      lost,
      signal: AbortSignal.any([signal, done.signal]),
    })
    try {
      await lead(AbortSignal.any([signal, lost.signal]))
    } finally {
      this.#isLeader = false
      done.abort()
      await renewing
      if (!lost.signal.aborted) await this.#release()
    }
    if (lost.signal.aborted) throw new Error('leadership lost', { cause: lost.signal.reason })
  }

  /** The time from which the lease is ours; undefined when the signal aborted first. */
  async #acquire(signal: AbortSignal): Promise<number | undefined> {
    while (!signal.aborted) {
      const sentAt = performance.now()
      if (await this.#tryHold(signal, this.#options.renewDeadlineMs)) return sentAt
      const { retryPeriodMs } = this.#options
      // Not all at the same moment.
      await delay(retryPeriodMs * (1 + 0.2 * Math.random()), signal)
    }
    return undefined
  }

  async #renew(
    since: number,
    { lost, signal }: { lost: AbortController; signal: AbortSignal },
  ): Promise<void> {
    const { renewDeadlineMs, retryPeriodMs } = this.#options
    let renewedAt = since
    const over = (): void => lost.abort(new Error(`not renewed within ${renewDeadlineMs} ms`))
    const remaining = (): number => renewedAt + renewDeadlineMs - performance.now()
    let deadline = setTimeout(over, remaining())
    const both = AbortSignal.any([signal, lost.signal])
    while (!both.aborted) {
      await delay(retryPeriodMs, both)
      if (both.aborted) break
      const sentAt = performance.now()
      if (await this.#tryHold(both, Math.max(1, remaining()))) {
        renewedAt = sentAt
        clearTimeout(deadline)
        deadline = setTimeout(over, remaining())
      } else if (this.#isHeldByOther()) lost.abort(new Error(`lease taken by ${this.holder}`))
    }
    clearTimeout(deadline)
  }

  #isHeldByOther(): boolean {
    return this.holder !== '' && this.holder !== this.#options.identity
  }

  /** Takes or renews the lease if nobody else has it; false otherwise, and for every failure. */
  async #tryHold(signal: AbortSignal, timeoutMs: number): Promise<boolean> {
    try {
      const call = { signal, timeoutMs }
      if (this.#seen === undefined || this.#isHeldByOther()) await this.#look(call)
      if (this.#seen === undefined) return await this.#create(call)
      if (this.#isHeldByOther() && !this.#isExpired()) return false
      return await this.#update(call)
    } catch (err) {
      if (signal.aborted) return false
      // Somebody wrote in between: look again the next time.
      if (isConflict(err) || isNotFound(err))
        await this.#look({ signal, timeoutMs }).catch(() => {})
      this.#logger.debug({ err }, 'lease not taken')
      return false
    }
  }

  #isExpired(): boolean {
    if (this.#seen === undefined) return true
    const { lease, since } = this.#seen
    const seconds = lease.spec?.leaseDurationSeconds
    const duration = seconds === undefined ? this.#options.leaseDurationMs : seconds * 1000
    return performance.now() - since > duration
  }

  async #look(call: { signal: AbortSignal; timeoutMs: number }): Promise<void> {
    const { client, namespace, name } = this.#options
    try {
      const lease = await client.get<Lease>(leases, { namespace, name }, call)
      if (lease.metadata.resourceVersion === this.#seen?.lease.metadata.resourceVersion) return
      const before = this.holder
      this.#seen = { lease, since: performance.now() }
      if (this.holder !== before && this.#isHeldByOther())
        this.#logger.info({ holder: this.holder }, 'another leads')
    } catch (error) {
      if (!isNotFound(error)) throw error
      this.#seen = undefined
    }
  }

  async #create(call: { signal: AbortSignal; timeoutMs: number }): Promise<boolean> {
    const { client, namespace, name } = this.#options
    const lease: Lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace },
      spec: this.#spec({ acquireTime: microTime(), leaseTransitions: 0 }),
    }
    try {
      this.#seen = { lease: await client.create(leases, lease, call), since: performance.now() }
      return true
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      await this.#look(call)
      return false
    }
  }

  async #update(call: { signal: AbortSignal; timeoutMs: number }): Promise<boolean> {
    const { lease } = this.#seen ?? {}
    if (lease === undefined) return false
    const isOurs = lease.spec?.holderIdentity === this.#options.identity
    const spec = isOurs
      ? { ...lease.spec }
      : { acquireTime: microTime(), leaseTransitions: (lease.spec?.leaseTransitions ?? 0) + 1 }
    const next: Lease = { ...lease, spec: this.#spec(spec) }
    const written = await this.#options.client.update(leases, next, call)
    this.#seen = { lease: written, since: performance.now() }
    return true
  }

  #spec(rest: { acquireTime?: string; leaseTransitions?: number }): NonNullable<Lease['spec']> {
    return {
      ...rest,
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#options.leaseDurationMs / 1000),
      renewTime: microTime(),
    }
  }

  /** So that the next need not wait; when it fails, they wait. */
  async #release(): Promise<void> {
    const { client, retryPeriodMs } = this.#options
    const timeoutMs = Math.max(retryPeriodMs, leastReleaseMs)
    const call = { signal: AbortSignal.timeout(timeoutMs), timeoutMs }
    // A renewal that was cut off may still be written, even between our look and our write.
    for (let attempt = 1; attempt <= 3; attempt++) {
      try {
        await this.#look(call)
        const { lease } = this.#seen ?? {}
        if (lease === undefined || lease.spec?.holderIdentity !== this.#options.identity) return
        const rest = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() }
        await client.update(leases, { ...lease, spec: { ...lease.spec, ...rest } }, call)
        this.#logger.info('gave the lease back')
        return
      } catch (err) {
        if (isConflict(err)) continue
        this.#logger.debug({ err }, 'lease not given back')
        return
      }
    }
  }
}
