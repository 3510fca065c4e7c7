import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { type FieldType, structType } from '#apimachinery/scheme/field-types.ts'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import { Random } from '../apply/random.ts'
import type { Area, Case, Step } from '../area.ts'
import { changed } from '../raw/targets.ts'
import { type Mutation, mutated, mutation } from './mutations.ts'
import { type RichTarget, richTargets } from './rich-targets.ts'

type Path = Mutation['path']

const { definitions } = new Scheme({ federation: false })

const long = (length: number): string => 'a'.repeat(length)

/** What scalars are given: values that some rule or other is about. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  string: [
    ...[
      '',
      'a',
      'other',
      'UPPER',
      'Bad_Name!',
      'a b',
      ' ',
      'a.b',
      'a/b',
      '/abs',
      '../x',
      '*',
      'é',
      '-a',
      'a:b',
      'a=b',
      'a,b',
    ],
    ...[
      '10.0.0.1',
      '010.0.0.1',
      '::1',
      '10.0.0.0/8',
      '10.0.0.1/8',
      'http',
      '80',
      'Always',
      'TCP',
      'true',
      '1.5',
      '50%',
      '$(A)',
      'kubernetes.io/x',
    ],
    ...[long(16), long(63), long(64), long(253), long(254)],
  ],
  int32: [-1, 0, 1, 2, 3, 30, 100, 101, 1000, 65535, 65536, 2147483647, -2147483648],
  int64: [-1, 0, 1, 2, 30, 65536, 2147483648, 9007199254740991],
  bool: [true, false],
  quantity: ['-1', '0', '1m', '3Gi', '1.5', '1e3', '1Ki', '0.1m', '10E', 2, '100Mi', 'x', ''],
  intOrString: [
    -1,
    0,
    1,
    100,
    65535,
    65536,
    'http',
    'Bad_Name!',
    '150%',
    '100%',
    '0%',
    '-5%',
    '1.5%',
    '',
    '80',
    long(16),
  ],
  time: ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00+02:00', null, ''],
  microTime: ['2020-01-01T00:00:00.000000Z', '2020-01-01T00:00:00Z', null],
}

function valueOf(type: FieldType, dice: Random, depth: number): unknown {
  if (type.kind === 'list') return dice.chance(0.2) ? [] : [valueOf(type.element, dice, depth - 1)]
  if (type.kind === 'map')
    return dice.chance(0.2)
      ? {}
      : {
          [dice.one(['key', 'a.b/c', 'Bad Key!', 'cpu', '', 'storage', 'kubernetes.io/x'])]:
            valueOf(type.value, dice, depth - 1),
        }
  if (type.kind === 'struct') {
    if (depth <= 0) return {}
    const { fields } = structType(definitions, type.definition)
    return Object.fromEntries(
      dice
        .some([...fields], 0.3)
        .map(([name, field]) => [name, valueOf(field.type, dice, depth - 1)]),
    )
  }
  return dice.one(values[type.kind] ?? [{}])
}

interface Spot {
  readonly path: Path
  readonly type: FieldType
  readonly value: unknown
}

/** Every place of an object, those that are empty included. */
function* spots(type: FieldType, value: unknown, path: Path): Generator<Spot> {
  if (path.length > 0) yield { path, type, value }
  if (value === undefined || value === null) return
  if (type.kind === 'struct' && typeof value === 'object') {
    for (const [name, field] of structType(definitions, type.definition).fields) {
      if (path.length === 0 && ['apiVersion', 'kind', 'status', 'metadata'].includes(name)) continue
      // In a template, where nobody has them, empty ones are kept here.
      if (name === 'managedFields') continue
      yield* spots(field.type, (value as JsonObject)[name], [...path, name])
    }
  } else if (type.kind === 'list' && Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* spots(type.element, item, [...path, i])
  } else if (type.kind === 'map' && typeof value === 'object') {
    // Go writes maps in the order of their keys.
    for (const key of Object.keys(value).sort()) {
      yield* spots(type.value, (value as JsonObject)[key], [...path, key])
    }
  }
}

const wrongType: readonly unknown[] = [null, 5, 'x', [], {}, true]

function changeOf({ path, type, value }: Spot, dice: Random): Mutation {
  if (dice.chance(0.02)) return mutation(path, dice.one(wrongType))
  const inList = typeof path.at(-1) === 'number'
  if (value !== undefined && !inList && dice.chance(0.2)) return mutation(path, undefined)
  if (Array.isArray(value) && value.length > 0 && dice.chance(0.6)) {
    const twice = [...value, structuredClone(dice.one(value))]
    const more = [...value, valueOf((type as { element: FieldType }).element, dice, 2)]
    return mutation(path, dice.one([twice, more, more, value.toReversed()]))
  }
  return mutation(path, valueOf(type, dice, 3))
}

/** One to four changes, most of them near each other, and what they are called. */
function changesOf(object: ApiObject, definition: string, dice: Random): [string, ApiObject] {
  let body = object
  let near: Path = []
  const names: string[] = []
  for (let left = 1 + Math.floor(dice.next() * 4); left > 0; left--) {
    const all = [...spots({ kind: 'struct', definition, goType: '' }, body, [])]
    const close = all.filter(({ path }) => near.every((part, at) => path[at] === part))
    const change = changeOf(dice.one(close.length > 3 && dice.chance(0.7) ? close : all), dice)
    body = mutated(body, change)
    names.push(change.name)
    near = change.path.slice(0, Math.max(0, change.path.length - 1 - Math.floor(dice.next() * 2)))
  }
  return [names.join('; '), body]
}

/** Another one asks something new. */
const seed = Number(process.env['SEED'] ?? 1)
const perCase = 40
const dryRun = { dryRun: 'All' }

function createsOf({ key, target, object }: RichTarget, dice: Random): Case {
  const { collection, info } = target
  const steps = Array.from({ length: perCase }, (): Step => {
    const [title, body] = changesOf(object, info.definition, dice)
    return { title, method: 'POST', path: collection, query: dryRun, body }
  })
  return { name: `${key} creates`, steps }
}

function updatesOf({ key, target, object }: RichTarget, dice: Random): Case {
  const { collection, pathOf, info } = target
  const path = pathOf('a')
  const seeds = Array.from({ length: perCase }, () => Math.floor(dice.next() * 1e9))
  return {
    name: `${key} updates`,
    steps: [
      { title: 'create', method: 'POST', path: collection, body: object },
      ...seeds.map((each): Step => (earlier) => {
        const random = new Random(each)
        const [title, body] = changesOf(changed(earlier[0], {}), info.definition, random)
        return { title, method: 'PUT', path, query: dryRun, body }
      }),
      { title: 'delete', method: 'DELETE', path, query: { gracePeriodSeconds: 0 } },
    ],
  }
}

function casesOf(rich: RichTarget, at: number): Case[] {
  const { info, sample } = rich.target
  const dice = new Random(seed * 1000 + at)
  const updatable = sample.unsettled !== true && info.verbs.includes('update')
  return [createsOf(rich, dice), ...(updatable ? [updatesOf(rich, dice)] : [])]
}

/** Creates and updates with several fields wrong at once, as seeded dice have it. */
export const several: Area = {
  name: 'several',
  cases: () => richTargets().flatMap(casesOf),
}
