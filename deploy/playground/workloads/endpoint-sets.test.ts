import { describe, expect, it } from 'vitest'
import { endpointGroups, endpointSliceBodies, endpointSubsets } from './endpoint-sets.ts'
import type { Pod, Service, ServicePort } from './objects.ts'

interface PodFacts {
  ip?: string
  ready?: boolean
  deleting?: boolean
  phase?: string
  port?: number
}

const pod = (name: string, facts: PodFacts = {}): Pod => {
  const { ip = `10.0.0.${name}`, ready = true, deleting = false, phase = 'Running' } = facts
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      nodeName: 'node-1',
      containers: [
        { name: 'c', ports: [{ name: 'web', containerPort: facts.port ?? 8080, protocol: 'TCP' }] },
      ],
    },
    status: {
      phase,
      podIP: ip,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  }
}

const service = (ports: ServicePort[], spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { ports, selector: { app: 'web' }, ...spec },
})

const plain = service([{ name: 'http', port: 80, targetPort: 8080 }])
const addressesOf = (from: Service, pods: Pod[]) =>
  endpointSubsets(endpointGroups(from, pods, () => undefined)).map((subset) => {
    const ips = (field: string) => (subset[field] as { ip: string }[] | undefined)?.map((a) => a.ip)
    return [ips('addresses'), ips('notReadyAddresses'), subset['ports']]
  })

const http = [{ name: 'http', port: 8080, protocol: 'TCP' }]

describe('endpointSubsets', () => {
  it.each<[string, Service, Pod[], unknown[]]>([
    ['no pods, no subsets', plain, [], []],
    [
      'ready and not ready pods are apart, sorted by address',
      plain,
      [pod('3'), pod('1'), pod('2', { ready: false })],
      [[['10.0.0.1', '10.0.0.3'], ['10.0.0.2'], http]],
    ],
    [
      'pods without an address, finished or terminating ones are not there',
      plain,
      [
        pod('1', { ip: '' }),
        pod('2', { phase: 'Succeeded' }),
        pod('3', { phase: 'Failed' }),
        pod('4', { deleting: true }),
      ],
      [],
    ],
    [
      'not ready addresses can be published',
      service([{ name: 'http', port: 80, targetPort: 8080 }], { publishNotReadyAddresses: true }),
      [pod('1', { ready: false })],
      [[['10.0.0.1'], undefined, http]],
    ],
    [
      'a target port by name is looked up in each pod',
      service([{ port: 80, targetPort: 'web' }]),
      [pod('1'), pod('2', { port: 9090 })],
      [
        [['10.0.0.1'], undefined, [{ port: 8080, protocol: 'TCP' }]],
        [['10.0.0.2'], undefined, [{ port: 9090, protocol: 'TCP' }]],
      ],
    ],
    [
      'a pod without the named port is left out',
      service([{ port: 80, targetPort: 'nothing' }]),
      [pod('1')],
      [],
    ],
    [
      'without a target port it is the port',
      service([{ port: 80 }]),
      [pod('1')],
      [[['10.0.0.1'], undefined, [{ port: 80, protocol: 'TCP' }]]],
    ],
  ])('%s', (_, from, pods, expected) => {
    expect(addressesOf(from, pods)).toEqual(expected)
  })
})

describe('endpointSliceBodies', () => {
  it('tells readiness, serving and terminating apart', () => {
    const groups = endpointGroups(plain, [pod('1', { deleting: true })], () => 'eu-a')
    expect(endpointSliceBodies(groups)).toMatchObject([
      {
        ports: http,
        endpoints: [
          {
            addresses: ['10.0.0.1'],
            conditions: { ready: false, serving: true, terminating: true },
            nodeName: 'node-1',
            zone: 'eu-a',
            targetRef: { kind: 'Pod', name: '1', uid: 'uid-1' },
          },
        ],
      },
    ])
  })

  it('puts at most 100 endpoints in a slice', () => {
    const pods = Array.from({ length: 201 }, (_, i) => pod(String(i), { ip: `10.0.${i}.1` }))
    const sizes = endpointSliceBodies(endpointGroups(plain, pods, () => undefined)).map(
      ({ endpoints }) => (endpoints as unknown[]).length,
    )
    expect(sizes).toEqual([100, 100, 1])
  })

  it('makes an empty slice of a Service without pods', () => {
    expect(endpointSliceBodies([])).toEqual([{ ports: [], endpoints: [] }])
  })
})
