import { isConflict, isNotFound } from '#apimachinery/errors/status-error.ts'
import type { ObjectMeta } from '#apimachinery/meta/object-meta.ts'
import {
  type Cluster,
  clusters,
  deleteLeftoversAnnotation,
} from '#apimachinery/schema/federation.ts'
import { aborted, delay, settledBefore } from '#client/back-off.ts'
import type { Logger } from 'pino'
import type { FederationContext } from '../../federation/federation-context.ts'
import { clusterStatus, readinessEvent } from './cluster-status.ts'
import { Leftovers } from './leftovers.ts'
import { type ProbeResult, probeMember, readTopology, type Topology } from './probe.ts'

export interface ClusterControllerOptions {
  readonly context: FederationContext
  /** Milliseconds between two probes of one member. */
  readonly periodMs: number
}

const probeTimeoutMs = 5_000
/** Who was not ready is asked again this soon: it may be just starting, and work waits for it. So is who left a doubt. */
const unreadyPeriodMs = 2_000
/** Nodes come and go less often than health does. */
const topologyMs = 60_000

/** Keeps the status of every Cluster: each is probed on its own, so one that hangs delays no other. */
export async function runClusterController(
  options: ClusterControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { members } = options.context
  const probers = new Map<string, Prober>()
  const running = new Set<Promise<void>>()
  const refresh = (name: string): void => {
    const isThere = members.clusters.get(name) !== undefined
    const prober = probers.get(name)
    if (!isThere) {
      probers.delete(name)
      prober?.stop()
    } else if (prober === undefined) {
      const started = new Prober(name, options)
      probers.set(name, started)
      const run = started.run(signal).finally(() => running.delete(run))
      running.add(run)
    }
  }
  if (!(await settledBefore(members.synced, signal))) return
  const stop = members.onChange(({ type, name }) => {
    refresh(name)
    // What may just have gone, or come back, is asked now.
    const isDoubtful = type === 'connected' || type === 'silent' || !members.answers(name)
    if (isDoubtful || wantsLeftoversDeleted(members.clusters.get(name))) probers.get(name)?.poke()
  })
  for (const name of members.names()) refresh(name)
  await aborted(signal)
  stop()
  await Promise.all(running)
}

/** Probes one member again and again, and at once when poked. */
class Prober {
  readonly #name: string
  readonly #context: FederationContext
  readonly #periodMs: number
  readonly #logger: Logger
  readonly #stopped = new AbortController()
  #wake = new AbortController()
  #topologyAt = -Infinity
  readonly #leftovers: Leftovers
  #isReady = false

  constructor(name: string, { context, periodMs }: ClusterControllerOptions) {
    this.#name = name
    this.#context = context
    this.#periodMs = periodMs
    this.#leftovers = new Leftovers(context, name)
    this.#logger = context.logger.child({ controller: 'cluster', cluster: name })
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** Probes at once, unless that was just done. */
  poke(): void {
    this.#wake.abort()
  }

  async run(outer: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([outer, this.#stopped.signal])
    while (!signal.aborted) {
      this.#wake = new AbortController()
      try {
        await this.#once(signal)
      } catch (err) {
        if (signal.aborted) return
        if (isConflict(err) || isNotFound(err)) this.#wake.abort()
        else this.#logger.warn({ err }, 'cluster status could not be written')
      }
      // A status that was written by others just now, or a poke while probing: a short pause, then again.
      if (this.#wake.signal.aborted) await delay(200, signal)
      else await delay(jittered(this.#pauseMs()), AbortSignal.any([signal, this.#wake.signal]))
    }
  }

  #pauseMs(): number {
    const isCalm = this.#isReady && !this.#leftovers.isDoubtful
    return isCalm ? this.#periodMs : Math.min(this.#periodMs, unreadyPeriodMs)
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { probe, topology } = await this.#probe(signal)
    this.#isReady = probe.kind === 'ready'
    const { client, events, members } = this.#context
    const cluster = members.clusters.get(this.#name)
    if (cluster === undefined) return
    const status = clusterStatus({
      before: cluster.status,
      probe,
      topology,
      duplicateOf: this.#olderTwin(cluster, probe),
      leftovers: this.#isReady ? await this.#leftovers.look(signal) : undefined,
      now: new Date(),
    })
    await this.#deleteLeftovers(cluster, signal)
    if (status === undefined) return
    const body: Cluster = { ...cluster, status }
    await client.update(clusters, body, { subresource: 'status', signal })
    const event = readinessEvent(cluster.status, status)
    if (event !== undefined) events.event(body, event)
    this.#logger.debug({ probe: probe.kind }, 'cluster status written')
  }

  /** Another Cluster of the same identity, when that was there first. */
  #olderTwin({ metadata }: Cluster, probe: ProbeResult): string | undefined {
    const id = 'clusterID' in probe ? probe.clusterID : undefined
    if (id === undefined) return undefined
    const twins = this.#context.members.clusters
      .list()
      .filter((other) => other.metadata.uid !== metadata.uid && other.status?.clusterID === id)
    return twins.find((other) => isOlder(other.metadata, metadata))?.metadata.name
  }

  /** When a person has asked for it, once: what is left over later is another matter. */
  async #deleteLeftovers({ metadata, status }: Cluster, signal: AbortSignal): Promise<void> {
    if (!wantsLeftoversDeleted({ metadata }) || !this.#isReady) return
    const isTold = status?.conditions?.some(({ type }) => type === 'LeftoverCopies') ?? false
    if (!isTold) return
    await this.#leftovers.deleteAll(signal)
    const body = { metadata: { annotations: { [deleteLeftoversAnnotation]: null } } }
    await this.#context.client.patch(clusters, metadata, { type: 'merge', body }, { signal })
    this.#logger.info('leftover copies are owed a deletion, as asked')
  }

  async #probe(
    signal: AbortSignal,
  ): Promise<{ probe: ProbeResult; topology: Topology | undefined }> {
    const { members } = this.#context
    const member = members.get(this.#name)
    if (member === undefined) {
      const message = members.problemOf(this.#name) ?? 'not connected yet'
      return { probe: { kind: 'unreachable', message }, topology: undefined }
    }
    const options = { signal, timeoutMs: probeTimeoutMs }
    const [probe, topology] = await Promise.all([
      probeMember(member.direct, options),
      this.#topology(options),
    ])
    if (probe.kind === 'unreachable') member.breaker.failed()
    else member.breaker.succeeded()
    return { probe, topology }
  }

  /** Undefined when it is not due, or cannot be read: what is known stays. */
  async #topology(options: {
    signal: AbortSignal
    timeoutMs: number
  }): Promise<Topology | undefined> {
    const member = this.#context.members.get(this.#name)
    if (member === undefined || performance.now() - this.#topologyAt < topologyMs) return undefined
    try {
      const topology = await readTopology(member.direct, options)
      this.#topologyAt = performance.now()
      return topology
    } catch (err) {
      options.signal.throwIfAborted()
      this.#logger.debug({ err }, 'nodes could not be read')
      return undefined
    }
  }
}

const wantsLeftoversDeleted = (cluster: { metadata: ObjectMeta } | undefined): boolean =>
  cluster?.metadata.annotations?.[deleteLeftoversAnnotation] === 'true'

const isOlder = (a: ObjectMeta, b: ObjectMeta): boolean => {
  const [since = '', other = ''] = [a.creationTimestamp, b.creationTimestamp]
  return since < other || (since === other && a.name < b.name)
}

const jittered = (ms: number): number => ms * (0.9 + 0.2 * Math.random())
