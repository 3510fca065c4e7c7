import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { StatusError } from '../errors/status-error.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import type { Definitions } from '../scheme/definition.ts'
import { deepFreeze } from '../meta/deep-freeze.ts'
import { applyJsonPatch } from './json-patch.ts'
import { isObject } from './json-value.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyStrategicMergePatch } from './strategic-merge.ts'

interface Recorded {
  definitions: Record<string, string>
  objects: Record<string, JsonObject>
  cases: {
    name: string
    object: string
    type: 'json' | 'merge' | 'strategic'
    patch: unknown
    result?: JsonObject
    error?: { code: number; reason: string; message: string }
  }[]
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
const recorded = read('testdata/recorded.json') as Recorded
const { definitions } = read('../schema/kubernetes-1.36.json') as { definitions: Definitions }

/** The server's decoder drops what is empty or null; pruning unknown fields is not the patch's work either. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (!isObject(value)) return value
  const kept: JsonObject = {}
  for (const [field, inner] of Object.entries(value)) {
    const clean = withoutEmpty(inner)
    if (clean === null || (Array.isArray(clean) && clean.length === 0)) continue
    if (isObject(clean) && Object.keys(clean).length === 0 && field !== 'emptyDir') continue
    kept[field] = clean
  }
  return kept
}

function apply(type: string, object: JsonObject, patch: unknown, definition: string): JsonObject {
  if (type === 'json') return applyJsonPatch(object, patch)
  if (type === 'merge') return applyMergePatch(object, patch)
  return applyStrategicMergePatch(object, structuredClone(patch), { definitions, definition })
}

describe('answers of kube-apiserver 1.36', () => {
  test('are enough', () => {
    expect(recorded.cases.filter(({ type }) => type === 'strategic').length).toBeGreaterThan(60)
  })

  test.each(recorded.cases)('$name', ({ object: kind, type, patch, result, error }) => {
    const object = deepFreeze(structuredClone(recorded.objects[kind] ?? {}))
    const act = (): JsonObject =>
      apply(type, object, deepFreeze(structuredClone(patch)), recorded.definitions[kind] ?? '')
    if (error === undefined) expect(withoutEmpty(act())).toEqual(withoutEmpty(result))
    else {
      expect(act).toThrow(StatusError)
      expect(act).toThrow(expect.objectContaining(error))
    }
  })
})

test('a JSON patch has at most 10 000 operations', () => {
  const test = { op: 'test', path: '/a', value: 1 }
  expect(applyJsonPatch({ a: 1 }, Array(10_000).fill(test))).toEqual({ a: 1 })
  expect(() => applyJsonPatch({ a: 1 }, Array(10_001).fill(test))).toThrow(
    expect.objectContaining({
      code: 413,
      message:
        'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    }),
  )
})

test('what a JSON patch copies is bounded: each copy can double the object', () => {
  const copies = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ op: 'copy', from: '/a', path: `/a/${i}` }))
  expect(() => applyJsonPatch({ a: { b: 'c' } }, copies(10))).not.toThrow()
  expect(() => applyJsonPatch({ a: { b: 'c' } }, copies(40))).toThrow(
    expect.objectContaining({ code: 422 }),
  )
})

test('a long list is merged without comparing each item with each', () => {
  const env = (count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => ({ name: `e${i + from}`, value: 'x' }))
  const pod = (list: object[]) => ({ spec: { containers: [{ name: 'a', env: list }] } })
  const definition = 'io.k8s.api.core.v1.Pod'
  const began = performance.now()
  const merged = applyStrategicMergePatch(pod(env(30_000)), pod(env(30_000, 15_000)), {
    definitions,
    definition,
  })
  expect(performance.now() - began).toBeLessThan(5000)
  const [container] = (merged['spec'] as { containers: { env: unknown[] }[] }).containers
  expect(container?.env).toHaveLength(45_000)
})

test('nothing of the result is shared with the object or the patch', () => {
  const object = { metadata: { labels: { a: 'b' } }, spec: { x: [{ y: 1 }] } }
  const added = { z: { deep: 1 } }
  for (const result of [
    applyJsonPatch(object, [{ op: 'add', path: '/added', value: added }]),
    applyMergePatch(object, { added }),
    // Of a patch of its own.
    applyStrategicMergePatch(object, structuredClone({ added }), {
      definitions,
      definition: 'none',
    }),
  ]) {
    expect(result).toEqual({ ...object, added })
    expect(result['spec']).not.toBe(object.spec)
    expect(result['added']).not.toBe(added)
  }
})

test('a strategic merge patch is left without the directives that were followed', () => {
  const object = {
    metadata: { labels: { a: 'b' }, ownerReferences: [{ uid: 'u', name: 'x' }] },
    spec: { template: { metadata: { labels: { a: 'b' } } } },
  }
  const patch = {
    metadata: {
      labels: { $patch: 'replace', c: 'd', inner: { $patch: 'replace' } },
      '$setElementOrder/ownerReferences': [{ uid: 'u' }],
      ownerReferences: [{ uid: 'u', name: 'y' }],
    },
    spec: { $retainKeys: ['template'], template: { $patch: 'delete' } },
  }
  const definition = 'io.k8s.api.apps.v1.Deployment'
  applyStrategicMergePatch(object, patch, { definitions, definition })
  expect(patch).toEqual({
    metadata: { labels: { c: 'd', inner: { $patch: 'replace' } } },
    spec: { template: { $patch: 'delete' } },
  })
})

test('a field named __proto__ is data', () => {
  const patch: unknown = JSON.parse('{"data":{"__proto__":"x"}}')
  for (const result of [
    applyMergePatch({ data: {} }, patch),
    applyStrategicMergePatch({ data: {} }, patch, { definitions, definition: 'none' }),
    applyJsonPatch({ data: {} }, [{ op: 'add', path: '/data/__proto__', value: 'x' }]),
  ])
    expect(JSON.stringify(result)).toBe('{"data":{"__proto__":"x"}}')
})
