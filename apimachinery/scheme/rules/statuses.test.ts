import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../meta/object-meta.ts'
import { validateStatus } from '../fields.ts'
import { Scheme } from '../scheme.ts'

const scheme = new Scheme()

const errors = (
  [group, kind]: readonly [string, string],
  status: JsonObject,
  old: JsonObject = {},
): string[] => {
  const gvk = { group, version: 'v1', kind }
  return validateStatus(scheme, gvk, { status }, old).map((e) => `${e.field}: ${e.message}`)
}

const deployment = ['apps', 'Deployment'] as const
const job = ['batch', 'Job'] as const
const service = ['', 'Service'] as const

describe('statuses', () => {
  it('count no more replicas than there are', () => {
    const sound = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 2 }
    expect(errors(deployment, sound)).toEqual([])
    expect(errors(deployment, { ...sound, readyReplicas: 1 })).toEqual([
      'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
    ])
    expect(errors(deployment, { ...sound, updatedReplicas: 4, replicas: 3 })).toEqual([
      'status.updatedReplicas: Invalid value: 4: cannot be greater than status.replicas',
    ])
    expect(errors(deployment, { replicas: -1 })[0]).toBe(
      'status.replicas: Invalid value: -1: must be greater than or equal to 0',
    )
  })

  it('never forget collisions', () => {
    const old = { status: { collisionCount: 2 } }
    expect(errors(deployment, { collisionCount: 2 }, old)).toEqual([])
    expect(errors(deployment, { collisionCount: 1 }, old)).toEqual([
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ])
  })

  it('do not ask for what the schema requires', () => {
    expect(errors(deployment, { conditions: [{}] })).toEqual([])
  })

  it('tell of a load balancer only where there is one', () => {
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.300' }, { hostname: '192.0.2.1' }] } }
    expect(errors(service, status, { spec: { type: 'ClusterIP' } })).toEqual([
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
    ])
    expect(errors(service, status, { spec: { type: 'LoadBalancer' } })).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "192.0.2.300": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "192.0.2.1": must be a DNS name, not an IP address',
    ])
  })

  it('of Jobs go on, and what was wrong before is not told again', () => {
    const complete = { type: 'Complete', status: 'True' }
    const met = { type: 'SuccessCriteriaMet', status: 'True' }
    const end = { startTime: 'a', completionTime: 'b', succeeded: 1, conditions: [met, complete] }
    expect(errors(job, end, { status: { startTime: 'a' } })).toEqual([])
    expect(errors(job, { ...end, active: 1 }, { status: { startTime: 'a' } })).toEqual([
      'status.active: Invalid value: 1: active>0 is invalid for finished job',
    ])
    expect(errors(job, { ...end, active: 1 }, { status: { ...end, active: 1 } })).toEqual([])
    expect(errors(job, { ...end, succeeded: 0, conditions: [met] }, { status: end })).toEqual([
      'status.completionTime: Invalid value: "b": cannot set completionTime when there is no Complete=True condition',
      'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
      'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
    ])
  })

  it('of a namespace say what it is', () => {
    const namespace = ['', 'Namespace'] as const
    expect(errors(namespace, { phase: 'Active' }, { metadata: {} })).toEqual([])
    expect(errors(namespace, { phase: 'Terminating' }, { metadata: {} })).toEqual([
      'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ])
  })
})
