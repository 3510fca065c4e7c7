import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setTimeout as delay } from 'node:timers/promises'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  clusters,
  type PlacementDecision,
  placementDecisions,
} from '#apimachinery/schema/federation.ts'
import { eventually } from '../../framework/eventually.ts'
import {
  conditionOf,
  deployments,
  find,
  namespace,
  namespaces,
  rowsOf,
  startFederation,
  type TestFederation,
  untilReady,
} from './federation.ts'

let federation: TestFederation

beforeAll(async () => {
  federation = await startFederation(['eu-west', 'us-east'])
  await federation.client.create(namespaces, namespace('shop'))
})
afterAll(() => federation[Symbol.asyncDispose]())

const deployment = (name: string, replicas: number): ApiObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
    },
  },
})

const events = { group: '', version: 'v1', resource: 'events' }
const preferencesKey = 'federation.kubernetes.io/deployment-preferences'

const inMember = (member: string, name: string) =>
  find(federation.member(member).client, deployments, `shop/${name}`)

const replicasIn = async (member: string, name: string): Promise<unknown> =>
  (await inMember(member, name))?.spec?.['replicas']

const untilSplit = (name: string, split: Record<string, number | undefined>) =>
  eventually(async () => {
    for (const [member, replicas] of Object.entries(split)) {
      expect(await replicasIn(member, name)).toBe(replicas)
    }
  })

const sharesOf = async (name: string): Promise<Record<string, number | undefined>> =>
  Object.fromEntries(
    Object.entries(await rowsOf(federation.client, deployments, `shop/${name}`)).map(
      ([cluster, { replicas }]) => [cluster, replicas],
    ),
  )

const placedOf = async (name: string): Promise<unknown> => {
  const ref = { namespace: 'shop', name: `deployments.apps.${name}` }
  const { status } = await federation.client.get<PlacementDecision>(placementDecisions, ref)
  return status?.conditions?.[0]
}

const scale = (name: string, replicas: number) =>
  federation.client.patch(
    deployments,
    { namespace: 'shop', name },
    { type: 'merge', body: { spec: { replicas } } },
  )

/** A member's deployment controller, played: everything that is asked for is there. */
async function playRollout(member: string, name: string): Promise<void> {
  const { client } = federation.member(member)
  const copy = await inMember(member, name)
  const replicas = Number(copy?.spec?.['replicas'])
  const condition = { status: 'True', lastUpdateTime: now(), lastTransitionTime: now() }
  const status = {
    observedGeneration: copy?.metadata.generation,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    conditions: [
      { type: 'Available', reason: 'MinimumReplicasAvailable', message: 'ok', ...condition },
      { type: 'Progressing', reason: 'NewReplicaSetAvailable', message: 'ok', ...condition },
    ],
  }
  await client.patch(
    deployments,
    { namespace: 'shop', name },
    { type: 'merge', body: { status } },
    { subresource: 'status' },
  )
}
const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

describe('replicas', () => {
  it('are split, and follow the total without moving', async () => {
    await federation.client.create(deployments, deployment('web', 4))
    await untilSplit('web', { 'eu-west': 2, 'us-east': 2 })
    await scale('web', 7)
    await eventually(async () =>
      expect(
        new Set([await replicasIn('eu-west', 'web'), await replicasIn('us-east', 'web')]),
      ).toEqual(new Set([3, 4])),
    )
    await scale('web', 4)
    await untilSplit('web', { 'eu-west': 2, 'us-east': 2 })
    const preferences = JSON.stringify({
      rebalance: true,
      clusters: { 'eu-west': { weight: 3 }, 'us-east': { weight: 1 } },
    })
    const annotations = { [preferencesKey]: preferences }
    const ref = { namespace: 'shop', name: 'web' }
    await federation.client.patch(deployments, ref, {
      type: 'merge',
      body: { metadata: { annotations } },
    })
    await untilSplit('web', { 'eu-west': 3, 'us-east': 1 })
  })

  it('that no cluster may have are observed all the same', async () => {
    const nowhere = deployment('nowhere', 3)
    const preferences = JSON.stringify({ clusters: { 'ap-south': { weight: 1 } } })
    nowhere.metadata.annotations = {
      [preferencesKey]: preferences,
    }
    const { metadata } = await federation.client.create(deployments, nowhere)
    await eventually(async () => {
      const found = await find(federation.client, deployments, 'shop/nowhere')
      expect(found?.status).toMatchObject({
        observedGeneration: metadata.generation,
        conditions: [
          { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' },
          {
            type: 'Placed',
            status: 'False',
            reason: 'ReplicasUnplaced',
            message: expect.stringContaining('3 of 3 replicas have no place: eu-west is') as string,
          },
        ],
      })
    })
    expect(await inMember('eu-west', 'nowhere')).toBeUndefined()
    const why = 'eu-west is not among the preferences, us-east is not among the preferences'
    const unknown = 'clusters["ap-south"]: no Cluster has that name (joined: eu-west, us-east)'
    await eventually(async () =>
      expect(await placedOf('nowhere')).toMatchObject({
        status: 'False',
        reason: 'ReplicasUnplaced',
        message: `3 of 3 replicas have no place: ${why}; metadata.annotations[${preferencesKey}]: ${unknown}`,
      }),
    )
    const body = {
      metadata: { annotations: { [preferencesKey]: null } },
    }
    await federation.client.patch(
      deployments,
      { namespace: 'shop', name: 'nowhere' },
      { type: 'merge', body },
    )
    await eventually(async () =>
      expect(await placedOf('nowhere')).toMatchObject({ status: 'True', reason: 'Placed' }),
    )
    await eventually(async () => {
      const found = await find(federation.client, deployments, 'shop/nowhere')
      expect(found?.status).toMatchObject({ conditions: [{ type: 'Placed', status: 'True' }] })
    })
  })

  it.each([
    [
      'cannot be read',
      { clusters: { 'eu-west': { weight: -1 } } },
      'InvalidPreferences',
      /clusters\["eu-west"\]\.weight: must be a whole number from 0 on, and is -1; replicas are placed as without/,
    ],
    [
      'name a cluster that is not there',
      { clusters: { 'eu-wset': { weight: 1 }, '*': { weight: 1 } } },
      'UnknownCluster',
      /clusters\["eu-wset"\]: no Cluster has that name \(joined: eu-west, us-east; did you mean eu-west\?\)$/,
    ],
  ])(
    'are all placed when preferences %s, and that is said',
    async (_, preferences, reason, message) => {
      const name = reason.toLowerCase()
      const odd = deployment(name, 4)
      odd.metadata.annotations = { [preferencesKey]: JSON.stringify(preferences) }
      await federation.client.create(deployments, odd)
      await untilSplit(name, { 'eu-west': 2, 'us-east': 2 })
      const finding = {
        type: 'Placed',
        status: 'True',
        reason,
        message: expect.stringMatching(message) as string,
      }
      await eventually(async () => expect(await placedOf(name)).toMatchObject(finding))
      await eventually(async () => {
        const found = await find(federation.client, deployments, `shop/${name}`)
        expect(found?.status).toMatchObject({ conditions: [finding] })
        const { items } = await federation.client.list(events, { namespace: 'shop' })
        expect(items.filter((event) => event['reason'] === reason)).toMatchObject([
          { type: 'Warning', message: finding.message, involvedObject: { name } },
        ])
      })
    },
  )

  it('are repaired where a member changed them', async () => {
    await federation.client.create(deployments, deployment('drift', 4))
    await untilSplit('drift', { 'eu-west': 2, 'us-east': 2 })
    const { client } = federation.member('eu-west')
    const ref = { namespace: 'shop', name: 'drift' }
    await client.patch(deployments, ref, { type: 'merge', body: { spec: { replicas: 9 } } })
    await untilSplit('drift', { 'eu-west': 2, 'us-east': 2 })
  })

  it('need no object in a cluster that gets none of them', async () => {
    await federation.client.create(deployments, deployment('single', 1))
    await eventually(async () => {
      const found = [await inMember('eu-west', 'single'), await inMember('us-east', 'single')]
      expect(found.filter((copy) => copy !== undefined)).toHaveLength(1)
    })
    expect(Object.values(await sharesOf('single'))).toEqual([1])
  })
})

describe('status', () => {
  it('is summed, and reaches the generation only when every cluster has it', async () => {
    await federation.client.create(deployments, deployment('status', 4))
    await untilSplit('status', { 'eu-west': 2, 'us-east': 2 })
    await playRollout('eu-west', 'status')
    const get = () => find(federation.client, deployments, 'shop/status')
    await eventually(async () => expect((await get())?.status?.['readyReplicas']).toBe(2))
    expect((await get())?.status?.['observedGeneration']).toBeUndefined()
    await playRollout('us-east', 'status')
    await eventually(async () =>
      expect(await get()).toMatchObject({
        metadata: { generation: 1 },
        status: {
          observedGeneration: 1,
          replicas: 4,
          updatedReplicas: 4,
          readyReplicas: 4,
          availableReplicas: 4,
          conditions: [
            { type: 'Available', status: 'True' },
            { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
            { type: 'Placed', status: 'True', reason: 'Placed' },
          ],
        },
      }),
    )
    await scale('status', 6)
    await untilSplit('status', { 'eu-west': 3, 'us-east': 3 })
    await playRollout('us-east', 'status')
    await eventually(async () => expect((await get())?.status?.['readyReplicas']).toBe(5))
    expect((await get())?.status?.['observedGeneration']).toBe(1)
    await playRollout('eu-west', 'status')
    await eventually(async () =>
      expect((await get())?.status).toMatchObject({ observedGeneration: 2, readyReplicas: 6 }),
    )
  })
})

describe('placement', () => {
  it('stands through a restart with a member away', async () => {
    await federation.client.create(deployments, deployment('stands', 4))
    await untilSplit('stands', { 'eu-west': 2, 'us-east': 2 })
    await eventually(async () =>
      expect(await sharesOf('stands')).toEqual({ 'eu-west': 2, 'us-east': 2 }),
    )
    const before = await inMember('eu-west', 'stands')
    await federation.stopControllers()
    const { gate } = federation.member('us-east')
    gate.cut()
    federation.startControllers()
    await eventually(async () =>
      expect(await conditionOf(federation.client, 'us-east', 'Offline')).toBe('True'),
    )
    // Something that does change, and comes through, shows that the controllers have worked since.
    await federation.client.create(deployments, deployment('other', 2))
    await untilSplit('other', { 'eu-west': 2 })
    expect(await sharesOf('stands')).toEqual({ 'eu-west': 2, 'us-east': 2 })
    const after = await inMember('eu-west', 'stands')
    expect(after?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion)
    await scale('stands', 6)
    await untilSplit('stands', { 'eu-west': 4, 'us-east': 2 })
    gate.restore()
    await untilReady(federation.client, 'us-east')
    expect(await sharesOf('stands')).toEqual({ 'eu-west': 4, 'us-east': 2 })
  })

  it('writes nothing to members after a restart when nothing has changed', async () => {
    const versions = async (): Promise<unknown[]> =>
      Promise.all(
        ['eu-west', 'us-east'].flatMap((member) =>
          ['web', 'stands'].map(
            async (name) => (await inMember(member, name))?.metadata.resourceVersion,
          ),
        ),
      )
    const before = await versions()
    await federation.stopControllers()
    federation.startControllers()
    await federation.client.create(deployments, deployment('after-restart', 2))
    await untilSplit('after-restart', { 'eu-west': 1, 'us-east': 1 })
    // The queue has gone through everything that was there before; a little time for what must not come.
    await delay(300)
    expect(await versions()).toEqual(before)
  })

  it('lets a new cluster take part when replicas change, and gives on what a cluster had that leaves', async () => {
    await federation.client.create(deployments, deployment('grow', 4))
    await untilSplit('grow', { 'eu-west': 2, 'us-east': 2 })
    await federation.join('ap-south')
    await untilReady(federation.client, 'ap-south')
    await eventually(async () =>
      expect(await find(federation.member('ap-south').client, namespaces, 'shop')).toBeDefined(),
    )
    expect(await inMember('ap-south', 'grow')).toBeUndefined()
    await scale('grow', 6)
    await untilSplit('grow', { 'eu-west': 2, 'us-east': 2, 'ap-south': 2 })
    await federation.client.delete(clusters, { name: 'ap-south' })
    await untilSplit('grow', { 'eu-west': 3, 'us-east': 3 })
    // Who leaves keeps its objects.
    expect(await replicasIn('ap-south', 'grow')).toBe(2)
    await eventually(async () =>
      expect(await sharesOf('grow')).toEqual({ 'eu-west': 3, 'us-east': 3 }),
    )
  })
})
