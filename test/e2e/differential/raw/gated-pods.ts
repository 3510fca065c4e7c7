import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Case, Request } from '../area.ts'

const pods = '/api/v1/namespaces/{ns}/pods'
const must = 'requiredDuringSchedulingIgnoredDuringExecution'
const may = 'preferredDuringSchedulingIgnoredDuringExecution'

const key = (name: string): JsonObject => ({ key: name, operator: 'Exists' })
const term = (...names: readonly string[]): JsonObject => ({ matchExpressions: names.map(key) })
const needs = (...nodeSelectorTerms: readonly JsonObject[]): JsonObject => ({
  nodeAffinity: { [must]: { nodeSelectorTerms } },
})
const likes: JsonObject = { nodeAffinity: { [may]: [{ weight: 1, preference: term('c') }] } }
const beside: JsonObject = {
  podAffinity: {
    [must]: [{ labelSelector: { matchLabels: { app: 'x' } }, topologyKey: 'zone' }],
  },
}

const pod = (name: string, spec: JsonObject): Request => ({
  method: 'POST',
  path: pods,
  body: {
    metadata: { name },
    spec: {
      schedulingGates: [{ name: 'example.test/gate' }],
      containers: [{ name: 'main', image: 'example.test/main' }],
      ...spec,
    },
  },
})

const affinity = (name: string, value: JsonObject | null): Request => ({
  method: 'PATCH',
  path: `${pods}/${name}`,
  headers: { 'content-type': 'application/merge-patch+json' },
  query: { dryRun: 'All' },
  body: { spec: { affinity: value } },
})

const changes: readonly (JsonObject | null)[] = [
  null,
  { nodeAffinity: null },
  needs(term('a')),
  needs(term('a', 'b')),
  needs(term('b', 'a')),
  needs(term('b')),
  needs(term('a'), term('b')),
  needs({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['x'] }] }),
  needs({}),
  likes,
  beside,
  { ...likes, ...beside },
]

/** Where Pods go may be said more narrowly until their gates are open. */
export const gatedPodCases: readonly Case[] = [
  { name: 'Gated Pods without affinity', before: {} },
  { name: 'Gated Pods that need nodes', before: { affinity: needs(term('a')) } },
  { name: 'Gated Pods that like nodes', before: { affinity: likes } },
  { name: 'Gated Pods beside others', before: { affinity: beside } },
  { name: 'Pods whose gates are open', before: { affinity: likes, schedulingGates: [] } },
].map(({ name, before }) => ({
  name,
  steps: [pod('a', before), ...changes.map((value) => affinity('a', value))],
}))
