import { describe, expect, it } from 'vitest'
import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { service } from './service.ts'

const port = (number: number, nodePort?: number): JsonObject => ({
  port: number,
  protocol: 'TCP',
  ...(nodePort === undefined ? {} : { nodePort }),
})
const retain = (desired: JsonObject, member: JsonObject): unknown =>
  service.retain?.({ spec: desired }, { spec: member })['spec']
const relevant = (member: JsonObject, desired: JsonObject): unknown =>
  service.relevant?.({ spec: member }, { spec: desired })['spec']

const given = {
  clusterIP: '10.0.0.1',
  clusterIPs: ['10.0.0.1'],
  ipFamilies: ['IPv4'],
  ipFamilyPolicy: 'SingleStack',
}

describe('service.body', () => {
  it('leaves cluster addresses and default families at home, but not the wish for none', () => {
    expect(service.body?.({ spec: { ...given, ports: [] } })).toEqual({ spec: { ports: [] } })
    const wished = { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4'], ports: [] }
    expect(service.body?.({ spec: { ...given, ...wished } })).toEqual({ spec: wished })
    const headless = { clusterIP: 'None', clusterIPs: ['None'] }
    expect(service.body?.({ spec: headless })).toEqual({ spec: headless })
  })
})

describe('service.retain', () => {
  const member = { ...given, type: 'NodePort', ports: [port(80, 30080), port(443, 30443)] }

  it.each<[string, JsonObject, JsonObject, unknown]>([
    [
      'cluster addresses and families',
      { ports: [port(80)] },
      { ...given, ports: [port(80)] },
      { ...given, ports: [port(80)] },
    ],
    [
      'node ports by port number, whatever the order',
      { type: 'NodePort', ports: [port(443), port(80)] },
      member,
      { ...given, type: 'NodePort', ports: [port(443, 30443), port(80, 30080)] },
    ],
    [
      'node ports of the ports that are left',
      { type: 'LoadBalancer', ports: [port(443), port(8080)] },
      member,
      { ...given, type: 'LoadBalancer', ports: [port(443, 30443), port(8080)] },
    ],
    [
      'not a node port that the user chose',
      { type: 'NodePort', ports: [port(80, 31000)] },
      member,
      { ...given, type: 'NodePort', ports: [port(80, 31000)] },
    ],
    [
      'no node ports for a ClusterIP Service',
      { type: 'ClusterIP', ports: [port(80)] },
      member,
      { ...given, type: 'ClusterIP', ports: [port(80)] },
    ],
    [
      'nothing for an ExternalName',
      { type: 'ExternalName', externalName: 'a.example.test' },
      member,
      { type: 'ExternalName', externalName: 'a.example.test' },
    ],
    [
      'no external address that was taken back',
      { ports: [port(80)] },
      { ...given, externalIPs: ['192.0.2.1'], ports: [port(80)] },
      { ...given, ports: [port(80)] },
    ],
    [
      'the health check port while it is needed',
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [] },
      { healthCheckNodePort: 32000, ports: [] },
      {
        healthCheckNodePort: 32000,
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        ports: [],
      },
    ],
    [
      'not the health check port afterwards',
      { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster', ports: [] },
      { healthCheckNodePort: 32000, ports: [] },
      { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster', ports: [] },
    ],
  ])('keeps %s', (_, desired, from, expected) => {
    expect(retain(desired, from)).toEqual(expected)
  })
})

describe('service.relevant', () => {
  it('sees what was wished, and not what the member gave', () => {
    const desired = { type: 'NodePort', ports: [port(80), port(443, 31443)] }
    const copy = { ...given, type: 'NodePort', ports: [port(80, 30080), port(443, 31443)] }
    expect(relevant(copy, desired)).toEqual({
      type: 'NodePort',
      ports: [port(80), port(443, 31443)],
    })
  })
})

describe('service.status', () => {
  it('is all load balancers, sorted, each once', () => {
    const copy = (cluster: string, ingress: JsonObject[]) => ({
      cluster,
      current: true,
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 's' },
        status: { loadBalancer: { ingress } },
      },
    })
    const source = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } }
    const copies = [
      copy('b', [{ ip: '198.51.100.2' }, { hostname: 'lb.example.test' }]),
      copy('c', [{ ip: '198.51.100.1' }, { ip: '198.51.100.2' }]),
      copy('d', []),
    ]
    const rest = { complete: true, placed: undefined, refusals: [], away: [], now: '' }
    const input = { source, copies, ...rest }
    expect(service.status?.(input)).toEqual({
      loadBalancer: {
        ingress: [{ hostname: 'lb.example.test' }, { ip: '198.51.100.1' }, { ip: '198.51.100.2' }],
      },
    })
    expect(service.status?.({ ...input, copies: [] })).toEqual({ loadBalancer: {} })
  })
})
