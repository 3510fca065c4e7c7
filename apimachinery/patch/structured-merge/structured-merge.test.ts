import { describe, expect, test } from 'vitest'
import type { ApiObject, JsonObject } from '../../meta/object-meta.ts'
import { Scheme } from '../../scheme/scheme.ts'
import { zeroObject } from '../../scheme/zero-object.ts'
import { compare } from './compare.ts'
import { FieldManager } from './field-manager.ts'
import { FieldSet, formatPath } from './field-set.ts'
import { merge } from './merge.ts'
import { mergeTypeOf, type MergeType } from './merge-type.ts'
import { removeItems } from './remove-items.ts'
import { toFieldSet } from './to-field-set.ts'
import { ConflictError } from './updater.ts'
import { validateTyped } from './validate-typed.ts'

const { definitions } = new Scheme()
const deploymentName = 'io.k8s.api.apps.v1.Deployment'
const deploymentType = mergeTypeOf(definitions, deploymentName) as MergeType
const template = (spec: JsonObject): JsonObject => ({ spec: { template: { spec } } })
const container = (name: string, more: JsonObject = {}): JsonObject => ({ name, ...more })
const pathsOf = (set: FieldSet): string[] => set.paths().map(formatPath)

describe('FieldSet', () => {
  const fields = {
    'f:spec': {
      'f:replicas': {},
      'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {} }, 'v:"x"': {} },
    },
  }

  test('reads and writes FieldsV1, in its order', () => {
    const shuffled = {
      'f:spec': {
        'f:containers': { 'v:"x"': {}, 'k:{ "name": "a" }': { 'f:image': {}, '.': {} } },
        'f:replicas': {},
      },
    }
    const text = JSON.stringify(FieldSet.fromFields(shuffled).toFields())
    expect(text).toBe(
      '{"f:spec":{"f:containers":{"k:{\\"name\\":\\"a\\"}":{".":{},"f:image":{}},"v:\\"x\\"":{}},"f:replicas":{}}}',
    )
  })

  test('keys are in the order of their values', () => {
    const ports = ['443', '80', '8080'].map((port) => `k:{"port":${port}}`)
    expect(
      FieldSet.of(...ports.toReversed().map((p) => [p]))
        .paths()
        .map(([p]) => p),
    ).toEqual([ports[1], ports[0], ports[2]])
  })

  test('difference leaves what is below, recursive difference does not', () => {
    const set = FieldSet.fromFields(fields)
    const whole = FieldSet.of(['f:spec'])
    expect(set.difference(whole).toFields()).toEqual(fields)
    expect(set.recursiveDifference(whole).isEmpty()).toBe(true)
    expect(set.intersection(FieldSet.of(['f:spec', 'f:replicas'])).toFields()).toEqual({
      'f:spec': { 'f:replicas': {} },
    })
    expect(set.union(FieldSet.of(['f:spec'])).has(['f:spec'])).toBe(true)
  })

  test.each(['x:y', 'f', 'k:{', 'fname'])('%s is no path element', (element) => {
    expect(() => FieldSet.fromFields({ [element]: {} })).toThrow(SyntaxError)
  })
})

describe('values by their type', () => {
  test('items of a list are told apart by its keys, with their defaults', () => {
    const ports = [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }]
    const value = template({ containers: [container('a', { ports })] })
    const paths = pathsOf(toFieldSet(deploymentType, value))
    expect(paths).toContain(
      '.spec.template.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"].containerPort',
    )
    expect(paths).toContain(
      '.spec.template.spec.containers[name="a"].ports[containerPort=80,protocol="UDP"]',
    )
  })

  test('a merge keeps what the left side has, in the right order', () => {
    const lists = (...names: string[]) => template({ containers: names.map((n) => container(n)) })
    const merged = merge(deploymentType, lists('a', 'b', 'c', 'd'), lists('d', 'x', 'b'))
    expect(merged).toEqual(lists('a', 'c', 'd', 'x', 'b'))
  })

  test('atomic values are compared as a whole', () => {
    const selector = (labels: JsonObject) => ({ spec: { selector: { matchLabels: labels } } })
    const { added, modified, removed } = compare(
      deploymentType,
      selector({ a: '1' }),
      selector({ a: '1', b: '2' }),
    )
    expect([added, modified, removed].map(pathsOf)).toEqual([[], ['.spec.selector'], []])
  })

  test('what is emptied by a removal is null', () => {
    const set = FieldSet.of(['f:metadata', 'f:labels', 'f:a'])
    const value = { metadata: { labels: { a: '1' }, name: 'x' } }
    expect(removeItems(deploymentType, value, set)).toEqual({
      metadata: { labels: null, name: 'x' },
    })
  })

  test('a configuration may name an item once, and only fields of the schema', () => {
    const twice = template({ containers: [container('a'), container('a')] })
    expect(validateTyped(deploymentType, twice)).toEqual([
      '.spec.template.spec.containers: duplicate entries for key [name="a"]',
    ])
    expect(validateTyped(deploymentType, { spec: { nothing: 1 } })).toEqual([
      '.spec.nothing: field not declared in schema',
    ])
    expect(validateTyped(deploymentType, { spec: { replicas: 'two' } })).toEqual([
      '.spec.replicas: expected numeric (int or float), got string',
    ])
  })
})

describe('FieldManager', () => {
  const manager = new FieldManager({
    typeOf: (apiVersion) => (apiVersion === 'apps/v1' ? deploymentType : undefined),
    zero: () => zeroObject(definitions, deploymentName),
    convert: (object) => object,
    ignored: () => FieldSet.of(['f:status']),
  })
  const time = '2026-01-01T00:00:00Z'
  const object = (spec: JsonObject, metadata: JsonObject = {}): ApiObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', ...metadata },
    spec,
  })
  const zero = (): ApiObject => ({ ...object({}), ...zeroObject(definitions, deploymentName) })
  const write = (live: ApiObject, name: string, operation: 'Apply' | 'Update') => ({
    live,
    time,
    writer: { manager: name, operation, apiVersion: 'apps/v1', subresource: '' },
  })
  const apply = (live: ApiObject, name: string, config: ApiObject, force = false) => {
    const applied = manager.apply(write(live, name, 'Apply'), { ...config }, force)
    applied.metadata.uid = 'u'
    return applied
  }
  const ownersOf = ({ metadata }: ApiObject) =>
    Object.fromEntries(
      (metadata.managedFields ?? []).map((e) => [`${String(e['manager'])}`, e['fieldsV1']]),
    )

  test('a create is owned by its writer, but for what every object has', () => {
    const made = object({ replicas: 2 }, { labels: { a: 'b' } })
    manager.update(write(zero(), 'kubectl-create', 'Update'), made)
    expect(made.metadata.managedFields).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
          'f:spec': { 'f:replicas': {} },
        },
      },
    ])
  })

  test('what an applier gives up is removed, unless somebody else owns it', () => {
    const first = apply(zero(), 'one', object({ replicas: 2, paused: true, minReadySeconds: 5 }))
    const second = apply(first, 'two', object({ minReadySeconds: 5 }))
    const third = apply(second, 'one', object({ replicas: 2 }))
    expect(third.spec).toMatchObject({ replicas: 2, minReadySeconds: 5 })
    expect(third.spec).not.toHaveProperty('paused')
    expect(ownersOf(third)).toEqual({
      one: { 'f:spec': { 'f:replicas': {} } },
      two: { 'f:spec': { 'f:minReadySeconds': {} } },
    })
  })

  test('another value is a conflict, and force takes it over', () => {
    const live = apply(zero(), 'one', object({ replicas: 2 }))
    const other = object({ replicas: 3 })
    let conflict: unknown
    try {
      apply(live, 'two', other)
    } catch (err) {
      conflict = err
    }
    expect(conflict).toBeInstanceOf(ConflictError)
    expect((conflict as ConflictError).conflicts).toMatchObject([
      { manager: { manager: 'one' }, path: ['f:spec', 'f:replicas'] },
    ])
    const forced = apply(live, 'two', other, true)
    expect(ownersOf(forced)).toEqual({ two: { 'f:spec': { 'f:replicas': {} } } })
  })

  test('an update takes what it changes; the ten most recent updaters stay', () => {
    let live = apply(zero(), 'one', object({ replicas: 2, minReadySeconds: 5 }))
    for (let i = 0; i < 12; i++) {
      const labels = { ...live.metadata.labels, [`l${i}`]: 'x' }
      const next = { ...live, metadata: { ...live.metadata, labels }, spec: { ...live.spec } }
      if (i === 0) next.spec = { ...next.spec, replicas: 7 }
      const late = `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`
      manager.update({ ...write(live, `updater-${i}`, 'Update'), time: late }, next)
      live = next
    }
    const owners = ownersOf(live)
    expect(owners['one']).toEqual({ 'f:spec': { 'f:minReadySeconds': {} } })
    expect(Object.keys(owners)).toHaveLength(11)
    expect(owners['ancient-changes']).toMatchObject({ 'f:spec': { 'f:replicas': {} } })
  })

  test('kubectl takes over what its client-side apply wrote', () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
    const config = object({ replicas: 2 })
    const annotations = { [annotation]: JSON.stringify(config) }
    const made = object({ replicas: 2 }, { annotations, uid: 'u' })
    manager.update({ ...write(zero(), 'kubectl-client-side-apply', 'Update') }, made)
    const applied = apply(made, 'kubectl', object({ replicas: 4 }))
    expect(applied.spec).toEqual({ replicas: 4 })
    const written = applied.metadata.annotations?.[annotation] ?? ''
    expect(JSON.parse(written)).toMatchObject({ spec: { replicas: 4 } })
    expect(() => apply(made, 'somebody', object({ replicas: 4 }))).toThrow(ConflictError)
  })

  test('an empty list forgets all owners, nonsense none', () => {
    const live = apply(zero(), 'one', object({ replicas: 2 }))
    const reset = { ...live, metadata: { ...live.metadata, managedFields: [{}] } }
    manager.update(write(live, 'x', 'Update'), reset)
    expect(reset.metadata).not.toHaveProperty('managedFields')
    const nonsense = {
      ...live,
      metadata: { ...live.metadata, managedFields: [{ operation: 'Eat' }] },
    }
    manager.update(write(live, 'x', 'Update'), nonsense)
    expect(ownersOf(nonsense)).toEqual(ownersOf(live))
  })
})
