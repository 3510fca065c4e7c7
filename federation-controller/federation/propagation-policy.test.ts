import { describe, expect, it } from 'vitest'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { federatedTypes } from '../federated-types/index.ts'
import { neverLeaves } from './propagation-policy.ts'

interface Case {
  kind: string
  name: string
  namespace?: string
  type?: string
  leaves: boolean
}

const cases: Case[] = [
  { kind: 'Namespace', name: 'shop', leaves: true },
  { kind: 'Namespace', name: 'default', leaves: true },
  { kind: 'Namespace', name: 'kubernetes-dashboard', leaves: true },
  { kind: 'Namespace', name: 'federation-system', leaves: false },
  { kind: 'Namespace', name: 'kube-system', leaves: false },
  { kind: 'Namespace', name: 'kube-anything', leaves: false },
  { kind: 'ConfigMap', name: 'settings', namespace: 'shop', leaves: true },
  { kind: 'ConfigMap', name: 'kube-root-ca.crt', namespace: 'shop', leaves: false },
  { kind: 'ConfigMap', name: 'openshift-service-ca.crt', namespace: 'shop', leaves: false },
  { kind: 'ConfigMap', name: 'settings', namespace: 'kube-public', leaves: false },
  { kind: 'Secret', name: 'eu-west', namespace: 'federation-system', leaves: false },
  { kind: 'Secret', name: 'tls', namespace: 'shop', type: 'kubernetes.io/tls', leaves: true },
  { kind: 'Secret', name: 'opaque', namespace: 'shop', leaves: true },
  {
    kind: 'Secret',
    name: 'token',
    namespace: 'shop',
    type: 'kubernetes.io/service-account-token',
    leaves: false,
  },
  {
    kind: 'Secret',
    name: 'bootstrap',
    namespace: 'shop',
    type: 'bootstrap.kubernetes.io/token',
    leaves: false,
  },
  { kind: 'Service', name: 'kubernetes', namespace: 'default', leaves: false },
  { kind: 'Service', name: 'kubernetes', namespace: 'shop', leaves: true },
  { kind: 'Deployment', name: 'web', namespace: 'shop', leaves: true },
]

describe('neverLeaves', () => {
  it.each(cases)('$kind $namespace/$name $type leaves: $leaves', (one) => {
    const type = federatedTypes.find(({ kind }) => kind === one.kind)
    if (type === undefined) throw new Error(`no type ${one.kind}`)
    const { name, namespace } = one
    const source: ApiObject = {
      apiVersion: 'v1',
      kind: one.kind,
      metadata: namespace === undefined ? { name } : { name, namespace },
      ...(one.type === undefined ? {} : { type: one.type }),
    }
    expect(neverLeaves(type, source)).toBe(!one.leaves)
  })
})
