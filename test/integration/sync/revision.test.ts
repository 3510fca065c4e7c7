import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type Deployment,
  type ReplicaSet,
  replicaSets,
} from '../../../federation-controller/controllers/revision/workload.ts'
import { eventually } from '../../framework/eventually.ts'
import {
  deployments,
  find,
  namespace,
  namespaces,
  startFederation,
  type TestFederation,
} from './federation.ts'

const ref = { namespace: 'shop', name: 'web' }
const revision = 'deployment.kubernetes.io/revision'
let federation: TestFederation

beforeAll(async () => {
  federation = await startFederation(['eu-west'])
  await federation.client.create(namespaces, namespace('shop'))
})
afterAll(() => federation[Symbol.asyncDispose]())

const web: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas: 2,
    revisionHistoryLimit: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'web:1' }] },
    },
  },
}

const setImage = (image: string) =>
  federation.client.patch(deployments, ref, {
    type: 'strategic',
    body: { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } },
  })

/** What the member's own controller would say of the copy as it is now. */
async function roll(image: string, counts: object): Promise<void> {
  const { client } = federation.member('eu-west')
  await eventually(async () => {
    const copy = (await find(client, deployments, 'shop/web')) as Deployment | undefined
    expect(copy?.spec.template.spec).toMatchObject({ containers: [{ image }] })
    const status = { observedGeneration: copy?.metadata.generation, replicas: 2, ...counts }
    await client.patch(
      deployments,
      ref,
      { type: 'merge', body: { status } },
      { subresource: 'status' },
    )
  })
}

/** Image, revision, pods wished and ready of each ReplicaSet, the oldest first. */
const untilSets = (sets: unknown[][]) =>
  eventually(async () => {
    const { items } = await federation.client.list<ReplicaSet>(replicaSets, { namespace: 'shop' })
    const rows = items.map(({ metadata, spec, status }) => [
      spec.template?.spec?.['containers'],
      metadata.annotations?.[revision],
      spec.replicas,
      status?.readyReplicas ?? 0,
    ])
    const wished = sets.map(([image, ...rest]) => [[expect.objectContaining({ image })], ...rest])
    expect(rows.sort((a, b) => Number(a[1]) - Number(b[1]))).toEqual(wished)
  })

it('each template of a Deployment has a ReplicaSet, whose counts are those of the members', async () => {
  await federation.client.create(deployments, web)
  await roll('web:1', { updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 })
  await untilSets([['web:1', '1', 2, 2]])

  await setImage('web:2')
  await roll('web:2', { updatedReplicas: 1, readyReplicas: 2, availableReplicas: 2 })
  await untilSets([
    ['web:1', '1', 1, 1],
    ['web:2', '2', 2, 1],
  ])
  await roll('web:2', { updatedReplicas: 2 })
  await untilSets([
    ['web:1', '1', 0, 0],
    ['web:2', '2', 2, 2],
  ])

  // Back to the first template, which gets the highest revision.
  await setImage('web:1')
  await roll('web:1', { updatedReplicas: 2 })
  await untilSets([
    ['web:2', '2', 0, 0],
    ['web:1', '3', 2, 2],
  ])

  // More than revisionHistoryLimit old ones: the oldest goes.
  await setImage('web:3')
  await roll('web:3', { updatedReplicas: 2 })
  await untilSets([
    ['web:1', '3', 0, 0],
    ['web:3', '4', 2, 2],
  ])
})

it('the Deployment says which revision it is, and members hear of none of it', async () => {
  const ours = await find(federation.client, deployments, 'shop/web')
  expect(ours?.metadata.annotations?.[revision]).toBe('4')
  const { client } = federation.member('eu-west')
  expect((await client.list(replicaSets, { namespace: 'shop' })).items).toEqual([])
  const copy = await find(client, deployments, 'shop/web')
  expect(copy?.metadata.annotations).not.toHaveProperty(revision)
})

it('they go with it', async () => {
  await federation.client.delete(deployments, ref)
  await untilSets([])
})
