import { describe, expect, it } from 'vitest'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { clusterStatus, type ClusterStatus, readinessEvent } from './cluster-status.ts'
import { type ProbeResult, topologyOf } from './probe.ts'

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds))
const time = (seconds: number): string => at(seconds).toISOString().replace('.000', '')
const ready: ProbeResult = { kind: 'ready', version: 'v1.36.3' }
const away: ProbeResult = { kind: 'unreachable', message: 'connection refused' }
const topology = { zones: ['eu-a', 'eu-b'], region: 'eu' }

function after(before: ClusterStatus | undefined, probe: ProbeResult, seconds: number) {
  return clusterStatus({ before, probe, topology: undefined, now: at(seconds) })
}

function first(): ClusterStatus {
  const status = clusterStatus({ before: undefined, probe: ready, topology, now: at(0) })
  if (status === undefined) throw new Error('nothing to write at first')
  return status
}

const conditionOf = (status: ClusterStatus | undefined, type: string) =>
  status?.conditions?.find((condition) => condition.type === type)

describe('clusterStatus', () => {
  it('of a healthy cluster', () => {
    expect(first()).toEqual({
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'ClusterReady',
          message: '/healthz responded with ok',
          lastProbeTime: time(0),
          lastTransitionTime: time(0),
        },
        {
          type: 'Offline',
          status: 'False',
          reason: 'ClusterReachable',
          message: 'cluster is reachable',
          lastProbeTime: time(0),
          lastTransitionTime: time(0),
        },
      ],
      zones: ['eu-a', 'eu-b'],
      region: 'eu',
      version: 'v1.36.3',
    })
  })

  it('is not written while nothing changes, but once a minute', () => {
    expect(after(first(), ready, 10)).toBeUndefined()
    const later = after(first(), ready, 61)
    expect(conditionOf(later, 'Ready')).toMatchObject({
      lastProbeTime: time(61),
      lastTransitionTime: time(0),
    })
  })

  it('of one that is away keeps what is known, and tells since when', () => {
    const offline = after(first(), away, 20)
    expect(offline).toMatchObject({ zones: ['eu-a', 'eu-b'], region: 'eu', version: 'v1.36.3' })
    expect(conditionOf(offline, 'Offline')).toMatchObject({
      status: 'True',
      reason: 'ClusterNotReachable',
      message: 'cluster is not reachable: connection refused',
      lastTransitionTime: time(20),
    })
    expect(conditionOf(offline, 'Ready')).toMatchObject({ status: 'Unknown' })
    const still = after(offline, { kind: 'unreachable', message: 'timed out' }, 30)
    expect(conditionOf(still, 'Offline')).toMatchObject({
      message: 'cluster is not reachable: timed out',
      lastTransitionTime: time(20),
    })
  })

  it('of one that answers without ok', () => {
    const status = after(first(), { kind: 'notReady' }, 5)
    expect(conditionOf(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ClusterNotReady',
      message: '/healthz responded without ok',
      lastTransitionTime: time(5),
    })
    expect(conditionOf(status, 'Offline')).toMatchObject({ lastTransitionTime: time(0) })
  })

  it('follows the topology and the version when they are known', () => {
    const moved = clusterStatus({
      before: first(),
      probe: { kind: 'ready', version: 'v1.37.0' },
      topology: { zones: ['eu-c'] },
      now: at(5),
    })
    expect(moved).toMatchObject({ zones: ['eu-c'], version: 'v1.37.0' })
    expect(moved?.region).toBeUndefined()
  })
})

describe('readinessEvent', () => {
  const wentAway = after(first(), away, 5) ?? {}

  it('says when a cluster becomes ready, and when it goes away', () => {
    expect(readinessEvent(undefined, first())).toEqual({
      type: 'Normal',
      reason: 'ClusterReady',
      message: '/healthz responded with ok',
    })
    expect(readinessEvent(first(), wentAway)).toMatchObject({
      type: 'Warning',
      reason: 'ClusterNotReachable',
      message: expect.stringContaining('connection refused'),
    })
  })

  it('is silent while nothing changes', () => {
    expect(readinessEvent(first(), first())).toBeUndefined()
    expect(readinessEvent(wentAway, wentAway)).toBeUndefined()
  })
})

describe('topologyOf', () => {
  const node = (labels: Record<string, string>): ApiObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n', labels },
  })

  it('is all zones, and the region of most nodes; old labels count where the new are missing', () => {
    const nodes = [
      node({ 'topology.kubernetes.io/zone': 'b', 'topology.kubernetes.io/region': 'eu' }),
      node({
        'failure-domain.beta.kubernetes.io/zone': 'a',
        'failure-domain.beta.kubernetes.io/region': 'eu',
      }),
      node({
        'topology.kubernetes.io/zone': 'b',
        'failure-domain.beta.kubernetes.io/zone': 'old',
        'topology.kubernetes.io/region': 'af',
      }),
      node({}),
    ]
    expect(topologyOf(nodes)).toEqual({ zones: ['a', 'b'], region: 'eu' })
    expect(topologyOf([node({})])).toEqual({ zones: [] })
  })
})
