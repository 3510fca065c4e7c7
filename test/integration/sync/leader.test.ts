import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pino } from 'pino'
import { runManager } from '../../../federation-controller/manager.ts'
import { defaultManagerOptions } from '../../../federation-controller/options.ts'
import { eventually } from '../../framework/eventually.ts'
import {
  configMap,
  configMaps,
  find,
  namespace,
  namespaces,
  startFederation,
  type TestFederation,
} from './federation.ts'

let federation: TestFederation

beforeAll(async () => {
  federation = await startFederation(['eu-west'])
  await federation.client.create(namespaces, namespace('shop'))
})
afterAll(() => federation[Symbol.asyncDispose]())

const options = defaultManagerOptions({
  clusterMonitorPeriod: '500ms',
  leaderElect: true,
  leaderElectLeaseDuration: '3s',
  leaderElectRenewDeadline: '2s',
  leaderElectRetryPeriod: '200ms',
})

function startReplica(): { stop: () => Promise<void> } {
  const controller = new AbortController()
  const logger = pino({ level: 'silent' })
  const done = runManager(options, { client: federation.client, logger }, controller.signal)
  return {
    stop: async () => {
      controller.abort()
      await done
    },
  }
}

const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' }
const holder = async (): Promise<unknown> =>
  (await find(federation.client, leases, 'federation-system/federation-controller-manager'))
    ?.spec?.['holderIdentity']

const untilInMember = (name: string) =>
  eventually(async () =>
    expect(
      await find(federation.member('eu-west').client, configMaps, `shop/${name}`),
    ).toBeDefined(),
  )

describe('replicas of the manager', () => {
  it('work one at a time, and the next takes over where the last stopped', async () => {
    await federation.stopControllers()
    const first = startReplica()
    await eventually(async () => expect(await holder()).toEqual(expect.stringMatching(/./)))
    const leader = await holder()
    const second = startReplica()
    await federation.client.create(configMaps, configMap('one', {}))
    await untilInMember('one')
    expect(await holder()).toBe(leader)
    await first.stop()
    await federation.client.create(configMaps, configMap('two', {}))
    await untilInMember('two')
    expect(await holder()).not.toBe(leader)
    await second.stop()
  })
})
