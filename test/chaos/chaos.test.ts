import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isNotFound, StatusError } from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  managedLabel,
  type PlacementDecision,
  placementDecisions,
  sourceUIDAnnotation,
  tombstones,
} from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import { Random } from '../../federation-apiserver/storage/testing/random.ts'
import { configMaps, deployments, namespace, namespaces } from '../integration/sync/federation.ts'
import { noMembers } from '../framework/envtest.ts'
import { eventually } from '../framework/eventually.ts'
import { configMap, deployment, merge, refOf } from '../framework/objects.ts'
import { temporaryFolder } from '../framework/paths.ts'
import { joinAll, RealMembers, RealServer, untilCondition } from '../framework/real-federation.ts'

const why = noMembers === undefined ? '' : ` (skipped: ${noMembers})`
const seed = Number(process.env['CHAOS_SEED'] ?? 1)
const rounds = Number(process.env['CHAOS_ROUNDS'] ?? 4)
const names = ['new', 'old']
const kinds = [configMaps, deployments]
const call = { timeoutMs: 3_000 }

/** What the API acknowledged last about an object: the data of a ConfigMap, or the replicas of a Deployment. */
type Expected = { readonly value: unknown } | 'absent' | 'unknown'

/** A refusal changes nothing, nor does a request that found nobody. */
const changedNothing = (err: unknown): boolean =>
  err instanceof StatusError
    ? err.code < 500
    : err instanceof Error && err.message.includes('ECONNREFUSED')

const valueOf = (object: ApiObject): unknown => object['data'] ?? object.spec?.['replicas']

describe.skipIf(noMembers !== undefined)(`chaos with seed ${seed}${why}`, () => {
  const folder = temporaryFolder('chaos')
  const stack = new AsyncDisposableStack()
  const random = new Random(seed)
  const expected = new Map<string, Expected>()
  const busy = new Set<string>()
  const standing = new Map<string, 'up' | 'paused' | 'dead'>(names.map((name) => [name, 'up']))
  const planted = new Map<string, ApiObject>()
  const story: string[] = []
  let members: RealMembers
  let server: RealServer
  let client: ApiClient

  beforeAll(async () => {
    ;[members, server] = await Promise.all([
      RealMembers.up(join(folder, 'members'), {
        new: { pods: false },
        old: { version: '1.20', pods: false },
      }),
      RealServer.start(join(folder, 'data'), 'chaos'),
    ])
    stack.use(members)
    stack.use(server)
    client = stack.use(await server.client())
    await joinAll(server.kubeconfig, members)
    for (const name of names) await untilCondition(client, name, 'Ready')
    await client.create(namespaces, namespace('shop'))
    for (const name of names) {
      await eventually(() => members.client(name).get(namespaces, { name: 'shop' }))
      const foreign = configMap('shop/taken', { theirs: name })
      planted.set(name, await members.client(name).create(configMaps, foreign))
    }
  })

  afterAll(async () => {
    await stack.disposeAsync()
    rmSync(folder, { recursive: true, force: true })
  })

  const write = (gvr: GroupVersionResource, key: string, isThere: boolean): Promise<ApiObject> => {
    const data = { value: String(random.below(1_000_000)) }
    const replicas = random.below(12)
    if (isThere) {
      const body = gvr === configMaps ? { data } : { spec: { replicas } }
      return client.patch(gvr, refOf(key), { type: 'merge', body }, call)
    }
    return client.create(
      gvr,
      gvr === configMaps ? configMap(key, data) : deployment(key, replicas),
      call,
    )
  }

  /** One change through the federation's API; what became of it is remembered. */
  async function change(gvr: GroupVersionResource, name: string): Promise<void> {
    const id = `${gvr.resource} ${name}`
    if (busy.has(id)) return
    busy.add(id)
    const before = expected.get(id) ?? 'absent'
    const isDelete = random.below(3) === 0
    try {
      if (isDelete) await client.delete(gvr, refOf(`shop/${name}`), call)
      const written = isDelete ? undefined : await write(gvr, `shop/${name}`, before !== 'absent')
      // An earlier delete without an answer may have been heard: then it is on its way out.
      const isGoing = written === undefined || written.metadata.deletionTimestamp !== undefined
      expected.set(id, isGoing ? 'absent' : { value: valueOf(written) })
    } catch (err) {
      if (isNotFound(err)) expected.set(id, 'absent')
      else expected.set(id, changedNothing(err) ? before : 'unknown')
    } finally {
      busy.delete(id)
    }
  }

  /** Somebody changes or deletes a copy by hand; that there may be none is no matter. */
  async function drift(member: string, name: string): Promise<void> {
    if (standing.get(member) !== 'up') return
    const there = members.client(member)
    const key = `shop/${name}`
    const work = random.pick([
      () => merge(there, configMaps, key, { data: { drift: 'yes' } }),
      () => merge(there, configMaps, key, { metadata: { labels: { [managedLabel]: null } } }),
      () => there.delete(configMaps, refOf(key), call),
      () => merge(there, deployments, key, { spec: { replicas: 20 } }),
    ])
    await work().catch(() => {})
  }

  const step = (): Promise<unknown> =>
    Promise.all([
      ...Array.from({ length: 6 }, () => change(configMaps, `c-${random.below(24)}`)),
      change(configMaps, 'taken'),
      change(deployments, `d-${random.below(6)}`),
      drift(random.pick(names), `${random.pick(['c', 'd'])}-${random.below(6)}`),
    ])

  async function fault(): Promise<void> {
    const name = random.pick([...names, 'server'])
    if (name === 'server') {
      story.push('server killed')
      await server.restart()
      return
    }
    const now = standing.get(name)
    const away = random.pick(['pause', 'kill'] as const)
    const verb = now === 'up' ? away : now === 'paused' ? 'resume' : 'revive'
    story.push(`${name} ${verb}`)
    standing.set(name, verb === 'pause' ? 'paused' : verb === 'kill' ? 'dead' : 'up')
    await members.fault(name, verb)
  }

  async function heal(): Promise<void> {
    for (const [name, state] of standing) {
      if (state !== 'up') await members.fault(name, state === 'paused' ? 'resume' : 'revive')
      standing.set(name, 'up')
    }
    for (const name of names) await untilCondition(client, name, 'Ready', 60_000)
  }

  /** Objects of these tests by `resource name`. */
  async function objectsOf(from: ApiClient): Promise<Map<string, ApiObject>> {
    const found = new Map<string, ApiObject>()
    for (const gvr of kinds) {
      const { items } = await from.list(gvr, { namespace: 'shop' })
      for (const object of items)
        if (/^[cd]-\d+$|^taken$/.test(object.metadata.name))
          found.set(`${gvr.resource} ${object.metadata.name}`, object)
    }
    return found
  }

  function checkAcknowledged(wanted: ReadonlyMap<string, ApiObject>): void {
    for (const [id, state] of expected) {
      const found = wanted.get(id)
      if (state === 'unknown') continue
      if (state === 'absent') expect(found, `${id} was deleted`).toBeUndefined()
      else expect(found && valueOf(found), `${id} was acknowledged`).toEqual(state.value)
    }
  }

  /** Of every object: the rows of its decision. The shares make the whole. */
  async function checkDecisions(
    wanted: ReadonlyMap<string, ApiObject>,
  ): Promise<Map<string, number | undefined>> {
    const { items } = await client.list<PlacementDecision>(placementDecisions, {
      namespace: 'shop',
    })
    const copies = new Map<string, number | undefined>()
    for (const { spec, status } of items) {
      const id = `${spec.objectRef.resource} ${spec.objectRef.name}`
      const source = wanted.get(id)
      if (source === undefined) continue
      const rows = status?.clusters ?? []
      const state = source.metadata.name === 'taken' ? 'Conflict' : 'Synced'
      for (const row of rows) {
        expect(row, id).toMatchObject({ state })
        copies.set(`${row.cluster} ${id}`, row.replicas)
      }
      if (spec.objectRef.resource === 'configmaps')
        expect(
          rows.map(({ cluster }) => cluster),
          id,
        ).toEqual(names)
      else {
        const sum = rows.reduce((total, { replicas = 0 }) => total + replicas, 0)
        expect(sum, `${id}: shares`).toBe(source.spec?.['replicas'])
      }
    }
    return copies
  }

  /** Each member has what was decided, as it is wished, and nothing else of ours. */
  async function checkMember(
    name: string,
    wanted: ReadonlyMap<string, ApiObject>,
    decided: ReadonlyMap<string, number | undefined>,
  ): Promise<void> {
    const copies = await objectsOf(members.client(name))
    expect(copies.get('configmaps taken'), `${name}: an object of others`).toEqual(
      planted.get(name),
    )
    copies.delete('configmaps taken')
    const ids = [...decided.keys()].filter(
      (id) => id.startsWith(`${name} `) && !id.endsWith('taken'),
    )
    const left = [...copies].filter(([id]) => !decided.has(`${name} ${id}`))
    expect(left, `${name}: left over`).toEqual([])
    expect([...copies.keys()].map((id) => `${name} ${id}`).toSorted()).toEqual(ids.toSorted())
    for (const [id, copy] of copies) {
      const source = wanted.get(id)
      expect(copy.metadata.labels, id).toHaveProperty([managedLabel], 'true')
      expect(copy.metadata.annotations?.[sourceUIDAnnotation], id).toBe(source?.metadata.uid)
      const replicas = decided.get(`${name} ${id}`)
      expect(valueOf(copy), `${name}: ${id}`).toEqual(replicas ?? source?.['data'])
    }
  }

  async function check(): Promise<void> {
    expect((await client.list(tombstones)).items.map(({ metadata }) => metadata.name)).toEqual([])
    const wanted = await objectsOf(client)
    checkAcknowledged(wanted)
    const decided = await checkDecisions(wanted)
    for (const name of names) await checkMember(name, wanted, decided)
  }

  test(`${rounds} rounds of changes and faults; then all is as it was asked`, async () => {
    for (let round = 0; round < rounds; round++) {
      let isDone = false
      const failing = fault().finally(() => (isDone = true))
      for (let after = 0; after < 4; after += isDone ? 1 : 0) {
        await Promise.all([step(), delay(50)])
      }
      await failing
    }
    await heal()
    try {
      await eventually(check, { timeoutMs: 60_000, intervalMs: 500 })
    } catch (err) {
      const message = err instanceof Error ? err.message : String(err)
      throw new Error(`seed ${seed} (${story.join(', ')}): ${message}`, { cause: err })
    }
    expect([...expected.values()].filter((state) => state === 'unknown').length).toBeLessThan(
      expected.size / 2,
    )
  }, 600_000)
})
