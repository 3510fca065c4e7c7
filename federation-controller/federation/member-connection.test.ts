import { expect, it } from 'vitest'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Cluster } from '#apimachinery/schema/federation.ts'
import { memberConnection } from './member-connection.ts'

const clusterAt = (serverAddress: string): Cluster => ({
  apiVersion: 'federation/v1beta1',
  kind: 'Cluster',
  metadata: { name: 'eu' },
  spec: { serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] },
})

it.each(['https://no host', 'eu.example.test:99999', 'https://', '', 'a b'])(
  'says that %j is no address, instead of throwing',
  (address) => {
    expect(memberConnection(clusterAt(address), undefined)).toMatch(/^the server address is no /)
  },
)

it('connects to a host with a port', () => {
  expect(memberConnection(clusterAt('eu.example.test:6443'), undefined)).toMatchObject({
    server: 'https://eu.example.test:6443',
  })
})

const secretWith = (kubeconfig: unknown): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'eu' },
  data: { kubeconfig: Buffer.from(JSON.stringify(kubeconfig)).toString('base64') },
})

it.each<[string, unknown]>([
  ['a list that is none', { 'current-context': 'a', contexts: 5 }],
  ['an entry that is null', { 'current-context': 'a', contexts: [null] }],
  ['an empty object', {}],
])('says that a kubeconfig with %s cannot be used, instead of throwing', (_, kubeconfig) => {
  const cluster = clusterAt('eu.example.test')
  const wanting: Cluster = { ...cluster, spec: { ...cluster.spec, secretRef: { name: 'eu' } } }
  expect(memberConnection(wanting, secretWith(kubeconfig))).toMatch(/ cannot be used: /)
})
