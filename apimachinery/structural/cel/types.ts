import type { DeclaredType } from './declared-type.ts'

type Simple =
  | 'dyn'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'type'

/** A type of CEL (cel-spec, "Values"); objects are what a schema declares, opaque types have functions only. */
export type CelType =
  | { readonly kind: Simple }
  | { readonly kind: 'list'; readonly item: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'optional'; readonly item: CelType }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, DeclaredType> }
  | { readonly kind: 'opaque'; readonly name: string }
  | { readonly kind: 'param'; readonly name: string }

const simple = (kind: Simple): CelType => ({ kind })

export const dyn = simple('dyn')
export const bool = simple('bool')
export const int = simple('int')
export const string = simple('string')
export const nullType = simple('null')
export const double = simple('double')
export const bytes = simple('bytes')
export const uint = simple('uint')
export const timestamp = simple('timestamp')
export const duration = simple('duration')

export const listOf = (item: CelType): CelType => ({ kind: 'list', item })
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: 'map', key, value })
export const optionalOf = (item: CelType): CelType => ({ kind: 'optional', item })

const named: Readonly<Record<string, CelType>> = {
  ...Object.fromEntries(
    [dyn, bool, int, uint, string, double, bytes, nullType, simple('type')].map((type) => [
      type.kind,
      type,
    ]),
  ),
  'google.protobuf.Timestamp': timestamp,
  'google.protobuf.Duration': duration,
  list: listOf(dyn),
  map: mapOf(dyn, dyn),
  optional: optionalOf(dyn),
}

/** Reads `list<T>`, `map<string, int>`, `kubernetes.Quantity`; one capital is a parameter. */
export function parseType(text: string): CelType {
  const known = named[text]
  if (known !== undefined) return known
  if (/^[A-Z]$/.test(text)) return { kind: 'param', name: text }
  const [, outer, inner = ''] = /^(dyn|list|map|optional)<(.+)>$/.exec(text) ?? []
  if (outer === 'list') return listOf(parseType(inner))
  if (outer === 'optional') return optionalOf(parseType(inner))
  if (outer === 'dyn') return dyn
  if (outer !== 'map') return { kind: 'opaque', name: text }
  const at = inner.indexOf(', ')
  return mapOf(parseType(inner.slice(0, at)), parseType(inner.slice(at + 2)))
}

const shownKinds: Readonly<Record<string, string>> = {
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  param: 'dyn',
}

/** As Kubernetes names it in messages. */
export function typeName(type: CelType): string {
  if (type.kind === 'list') return `list(${typeName(type.item)})`
  if (type.kind === 'map') return `map(${typeName(type.key)}, ${typeName(type.value)})`
  if (type.kind === 'optional') return `optional_type(${typeName(type.item)})`
  if (type.kind === 'opaque') return type.name
  return shownKinds[type.kind] ?? type.kind
}

/** What parameters stand for, as far as it is known. */
export type Bindings = Map<CelType, CelType>

/** The types within one. */
function inner(type: CelType): readonly CelType[] {
  if (type.kind === 'list' || type.kind === 'optional') return [type.item]
  return type.kind === 'map' ? [type.key, type.value] : []
}

function withInner(type: CelType, change: (one: CelType) => CelType): CelType {
  if (type.kind === 'list' || type.kind === 'optional') {
    return { kind: type.kind, item: change(type.item) }
  }
  return type.kind === 'map' ? mapOf(change(type.key), change(type.value)) : type
}

/** The type with what its parameters stand for; those that stand for nothing are `dyn` when asked so. */
export function substitute(bindings: Bindings, type: CelType, freeIsDyn = false): CelType {
  const bound = bindings.get(type)
  if (bound !== undefined) return substitute(bindings, bound, freeIsDyn)
  if (type.kind === 'param') return freeIsDyn ? dyn : type
  return withInner(type, (one) => substitute(bindings, one, freeIsDyn))
}

/** The same types, with parameters of their own: one object a name. */
export function instantiate(types: readonly CelType[]): CelType[] {
  const fresh = new Map<string, CelType>()
  const copy = (type: CelType): CelType => {
    if (type.kind !== 'param') return withInner(type, copy)
    const made = fresh.get(type.name) ?? { ...type }
    fresh.set(type.name, made)
    return made
  }
  return types.map(copy)
}

export function isSameType(a: CelType, b: CelType): boolean {
  if (a === b) return true
  if (a.kind !== b.kind || a.kind === 'param') return false
  if (a.kind === 'object') return b.kind === 'object' && a.fields === b.fields
  if (a.kind === 'opaque') return b.kind === 'opaque' && a.name === b.name
  const others = inner(b)
  return inner(a).every((one, i) => isSameType(one, others[i] ?? dyn))
}

const isNullable = ({ kind }: CelType): boolean =>
  ['null', 'optional', 'opaque', 'object', 'timestamp', 'duration'].includes(kind)

/** True when each of the types may stand where the other list has its one; binds parameters in that case only. */
export function areAssignable(
  bindings: Bindings,
  given: readonly CelType[],
  wanted: readonly CelType[],
): boolean {
  const trial: Bindings = new Map(bindings)
  if (given.length !== wanted.length) return false
  if (!given.every((one, i) => assign(trial, one, wanted[i] ?? dyn))) return false
  for (const [param, type] of trial) bindings.set(param, type)
  return true
}

/** The algorithm of cel-go's checker (checker/types.go, internalIsAssignable). */
function assign(bindings: Bindings, a: CelType, b: CelType): boolean {
  if (b.kind === 'param') {
    const bound = bindings.get(b)
    if (isValidSubstitution(bindings, a, b)) return true
    if (bound !== undefined) return false
  }
  if (a.kind === 'param') return isValidSubstitution(bindings, b, a)
  if (a.kind === 'dyn' || b.kind === 'dyn') return true
  if (a.kind === 'null') return isNullable(b)
  if (b.kind === 'null') return isNullable(a)
  if (a.kind !== b.kind) return false
  if (a.kind === 'object' || a.kind === 'opaque') return isSameType(a, b)
  const others = inner(b)
  return inner(a).every((one, i) => assign(bindings, one, others[i] ?? dyn))
}

function isValidSubstitution(bindings: Bindings, type: CelType, param: CelType): boolean {
  if (type === param) return true
  const bound = bindings.get(param)
  if (bound === undefined) {
    if (occursIn(bindings, param, type)) return false
    bindings.set(param, type)
    return true
  }
  if (isSameType(type, bound)) return true
  if (!assign(bindings, type, bound)) return false
  const general = mostGeneral(type, bound)
  if (!occursIn(bindings, param, general)) bindings.set(param, general)
  return true
}

function occursIn(bindings: Bindings, param: CelType, type: CelType): boolean {
  if (type === param) return true
  const bound = bindings.get(type)
  if (bound !== undefined) return occursIn(bindings, param, bound)
  return inner(type).some((one) => occursIn(bindings, param, one))
}

export const mostGeneral = (a: CelType, b: CelType): CelType => (isAsGeneral(a, b) ? a : b)

function isAsGeneral(a: CelType, b: CelType): boolean {
  if (a.kind === 'dyn' || a.kind === 'param') return true
  if (b.kind === 'dyn' || b.kind === 'param' || a.kind !== b.kind) return false
  const others = inner(b)
  if (others.length === 0) return isSameType(a, b)
  return inner(a).every((one, i) => isAsGeneral(one, others[i] ?? dyn))
}
