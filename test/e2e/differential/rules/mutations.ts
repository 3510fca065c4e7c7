import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Definitions } from '#apimachinery/scheme/definition.ts'
import { type FieldType, structType } from '#apimachinery/scheme/field-types.ts'

/** One change of a valid object: what stands at `path` afterwards, or nothing. */
export interface Mutation {
  /** `spec.replicas = -1` */
  readonly name: string
  readonly path: readonly (string | number)[]
  /** Undefined: the field is taken away. */
  readonly value: unknown
}

type Path = readonly (string | number)[]

const long = (length: number): string => 'a'.repeat(length)

/** Values that something is wrong with sooner or later, by type. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  string: ['', 'Bad_Name!', long(64), long(254), 'other'],
  int32: [-1, 0, 1, 70000],
  int64: [-1, 0, 1, 70000],
  bool: [true, false],
  quantity: ['-1', '0', '1m', '3Gi'],
  intOrString: [-1, 0, 70000, 'Bad_Name!', '150%', long(16)],
}

function wrongValues(type: FieldType, value: unknown): readonly unknown[] {
  if (type.kind === 'map') return [{ 'Bad Key!': 'x', ...(value as object) }, {}]
  if (type.kind === 'list')
    return Array.isArray(value) && value.length > 0 ? [[...value, value[0]], []] : []
  return (wrong[type.kind] ?? []).filter((v) => v !== value)
}

/** What an absent scalar may be given. */
const some: Readonly<Record<string, readonly unknown[]>> = {
  string: ['value', 'Bad_Name!'],
  int32: [1, -1],
  int64: [1, -1],
  bool: [true],
  quantity: ['1'],
  intOrString: [1, '50%'],
  time: ['2020-01-01T00:00:00Z'],
  microTime: ['2020-01-01T00:00:00.000000Z'],
  struct: [{}],
}

function someValues(type: FieldType): readonly unknown[] {
  if (type.kind === 'list') return first(type.element).map((item) => [item])
  if (type.kind === 'map') return first(type.value).map((item) => ({ key: item }))
  return some[type.kind] ?? []
}

const first = (type: FieldType): readonly unknown[] => someValues(type).slice(0, 1)

const show = (value: unknown): string => {
  const text = value === undefined ? '' : ` = ${JSON.stringify(value)}`
  return text.length > 60 ? `${text.slice(0, 50)}… (${text.length})` : text
}

const nameOf = (path: Path): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .slice(1)

export const mutation = (path: Path, value: unknown): Mutation => ({
  name: value === undefined ? `no ${nameOf(path)}` : `${nameOf(path)}${show(value)}`,
  path,
  value,
})

/** Which parts of objects are left alone. */
export interface Bounds {
  /** `metadata` and its like, below the object itself; a definition below which nothing is changed. */
  readonly skips: (definition: string, path: Path) => boolean
}

/** Every mutation of an object, by what the schema says of its fields. */
export function* mutationsOf(
  definitions: Definitions,
  at: { readonly definition: string; readonly value: unknown; readonly path?: Path },
  bounds: Bounds,
): Generator<Mutation> {
  const path = at.path ?? []
  if (bounds.skips(at.definition, path)) return
  const given = at.value as JsonObject
  for (const [name, { type }] of structType(definitions, at.definition).fields) {
    if (path.length === 0 && ['apiVersion', 'kind', 'status', 'metadata'].includes(name)) continue
    const here = [...path, name]
    const value = given[name]
    if (value === undefined) for (const v of someValues(type)) yield mutation(here, v)
    else yield* ofValue(definitions, { type, value, path: here }, bounds)
  }
}

function* ofValue(
  definitions: Definitions,
  { type, value, path }: { type: FieldType; value: unknown; path: Path },
  bounds: Bounds,
): Generator<Mutation> {
  if (typeof path.at(-1) === 'string') yield mutation(path, undefined)
  for (const v of wrongValues(type, value)) yield mutation(path, v)
  if (type.kind === 'struct') {
    if (Object.keys(value as object).length > 0) yield mutation(path, {})
    yield* mutationsOf(definitions, { definition: type.definition, value, path }, bounds)
  } else if (type.kind === 'list' && Array.isArray(value)) {
    for (const [i, item] of value.entries()) {
      yield* ofValue(definitions, { type: type.element, value: item, path: [...path, i] }, bounds)
    }
  } else if (type.kind === 'map') {
    for (const [key, item] of Object.entries(value as object).slice(0, 1)) {
      yield* ofValue(definitions, { type: type.value, value: item, path: [...path, key] }, bounds)
    }
  }
}

/** The object with the mutation in it; the given one stays as it is. */
export function mutated<T>(object: T, { path, value }: Mutation): T {
  const copy = structuredClone(object)
  const owner = path
    .slice(0, -1)
    .reduce<unknown>((at, part) => (at as Record<string | number, unknown>)[part], copy) as Record<
    string | number,
    unknown
  >
  const last = path.at(-1) ?? ''
  if (value === undefined) delete owner[last]
  else owner[last] = value
  return copy
}
