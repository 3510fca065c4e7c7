import { now } from '#apimachinery/meta/time.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Cluster, type ClusterCondition, clusters } from '#apimachinery/schema/federation.ts'
import { eventually } from '../../framework/eventually.ts'
import { deployment } from '../../framework/objects.ts'
import {
  configMap,
  configMaps,
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
  federation = await startFederation(['eu-west'])
  await federation.client.create(namespaces, namespace('shop'))
})
afterAll(() => federation[Symbol.asyncDispose]())

const inMember = (key: string) => find(federation.member('eu-west').client, configMaps, key)
const cluster = (name: string) => federation.client.get<Cluster>(clusters, { name })

const conditionOf = async (name: string, type: string): Promise<ClusterCondition | undefined> =>
  (await cluster(name)).status?.conditions?.find((condition) => condition.type === type)

/** A Cluster as a user writes it: of the address and the Secret of another. */
async function createLike(name: string, { spec }: Cluster): Promise<void> {
  await federation.client.create(clusters, {
    apiVersion: 'federation/v1beta1',
    kind: 'Cluster',
    metadata: { name },
    spec,
  })
}

it('one cluster under two names is used under the older one only, and says so', async () => {
  const first = await cluster('eu-west')
  // Ages have whole seconds.
  await eventually(() => expect(now()).not.toBe(first.metadata.creationTimestamp))
  await createLike('copycat', first)
  await eventually(async () =>
    expect(await conditionOf('copycat', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'DuplicateCluster',
      message: expect.stringContaining('it is the same cluster as "eu-west"'),
    }),
  )
  expect(await conditionOf('eu-west', 'Ready')).toMatchObject({ status: 'True' })
  await federation.client.delete(clusters, { name: 'copycat' })
})

it('copies whose originals were deleted while the cluster was out are told, and deleted when that is asked for', async () => {
  const { client } = federation
  for (const name of ['stays', 'goes', 'foreign']) {
    await client.create(configMaps, configMap(name, {}))
    await eventually(async () => expect(await inMember(`shop/${name}`)).toBeDefined())
  }
  const member = federation.member('eu-west').client
  const body = {
    metadata: { annotations: { 'federation.kubernetes.io/federation-uid': 'another' } },
  }
  const saved = await cluster('eu-west')
  await client.delete(clusters, { name: 'eu-west' })
  await member.patch(configMaps, { namespace: 'shop', name: 'foreign' }, { type: 'merge', body })
  for (const name of ['goes', 'foreign']) {
    await client.delete(configMaps, { namespace: 'shop', name })
    await eventually(async () =>
      expect(await find(client, configMaps, `shop/${name}`)).toBeUndefined(),
    )
  }
  await createLike('eu-west', saved)
  await untilReady(client, 'eu-west')
  await eventually(async () =>
    expect(await conditionOf('eu-west', 'LeftoverCopies')).toMatchObject({
      status: 'True',
      reason: 'SourcesGone',
      message: expect.stringMatching(/^1 objects .*: configmaps shop\/goes\. Delete them there/),
    }),
  )
  expect(await inMember('shop/goes')).toBeDefined()
  const annotations = { 'federation.kubernetes.io/delete-leftovers': 'true' }
  await client.patch(
    clusters,
    { name: 'eu-west' },
    { type: 'merge', body: { metadata: { annotations } } },
  )
  await eventually(async () => {
    expect(await inMember('shop/goes')).toBeUndefined()
    expect(await conditionOf('eu-west', 'LeftoverCopies')).toBeUndefined()
  })
  expect((await cluster('eu-west')).metadata.annotations ?? {}).toEqual({})
  for (const name of ['stays', 'foreign']) expect(await inMember(`shop/${name}`)).toBeDefined()
})

it('a Deployment that was left in a cluster is brought to its share when the cluster joins again, none too', async () => {
  const { client } = federation
  const us = await federation.join('us-east')
  await untilReady(client, 'us-east')
  await client.create(deployments, deployment('shop/web', 4))
  const counts = async (): Promise<unknown[]> =>
    Promise.all(
      [federation.member('eu-west'), us].map(
        async (member) => (await find(member.client, deployments, 'shop/web'))?.spec?.['replicas'],
      ),
    )
  await eventually(async () => expect(await counts()).toEqual([2, 2]))
  const saved = await cluster('us-east')
  await client.delete(clusters, { name: 'us-east' })
  await eventually(async () => expect(await counts()).toEqual([4, 2]))
  await createLike('us-east', saved)
  await untilReady(client, 'us-east')
  await eventually(async () => expect(await counts()).toEqual([4, 0]))
  expect(await rowsOf(client, deployments, 'shop/web')).toMatchObject({
    'eu-west': { replicas: 4, state: 'Synced' },
    'us-east': { replicas: 0 },
  })
})
