import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../framework/eventually.ts'
import { deployment, merge } from '../../framework/objects.ts'
import {
  conditionOf,
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
  federation = await startFederation(['eu-west', 'us-east'])
  await federation.client.create(namespaces, namespace('shop'))
})
afterAll(() => federation[Symbol.asyncDispose]())

async function goAndComeBack(name: string): Promise<void> {
  const { gate } = federation.member(name)
  gate.cut()
  await eventually(async () =>
    expect(await conditionOf(federation.client, name, 'Offline')).toBe('True'),
  )
  gate.restore()
  await untilReady(federation.client, name)
}

const untilShares = (name: string, shares: Record<string, number>): Promise<void> =>
  eventually(async () => {
    const rows = Object.entries(await rowsOf(federation.client, deployments, `shop/${name}`))
    expect(Object.fromEntries(rows.map(([cluster, row]) => [cluster, row.replicas]))).toEqual(
      shares,
    )
  })

it('a member that comes and goes gets no new replicas for a while, and everything else', async () => {
  await goAndComeBack('us-east')
  await federation.client.create(deployments, deployment('shop/once', 4))
  await untilShares('once', { 'eu-west': 2, 'us-east': 2 })
  await goAndComeBack('us-east')
  await federation.client.create(deployments, deployment('shop/twice', 4))
  await federation.client.create(configMaps, configMap('twice', {}))
  await untilShares('twice', { 'eu-west': 4 })
  const { client } = federation.member('us-east')
  await eventually(async () => expect(await find(client, configMaps, 'shop/twice')).toBeDefined())
  // What it had it kept.
  await untilShares('once', { 'eu-west': 2, 'us-east': 2 })
  // Once it has stayed it takes part again: the next replicas are for it, and none is moved.
  let replicas = 4
  const usEast = await eventually(
    async () => {
      await merge(federation.client, deployments, 'shop/twice', { spec: { replicas: ++replicas } })
      const rows = await rowsOf(federation.client, deployments, 'shop/twice')
      expect(rows['us-east']?.replicas ?? 0).toBeGreaterThan(0)
      return rows['us-east']?.replicas
    },
    { intervalMs: 1_000 },
  )
  const rows = await rowsOf(federation.client, deployments, 'shop/twice')
  expect(rows['eu-west']?.replicas).toBeGreaterThanOrEqual(4)
  expect(usEast).toBeLessThanOrEqual(2)
})
