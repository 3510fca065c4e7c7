import { mapKeyDefaults } from '../../schema/map-key-defaults.ts'
import type { Definition, Definitions } from '../../scheme/definition.ts'
import { refName, structType } from '../../scheme/field-types.ts'

export type Scalar = 'numeric' | 'string' | 'boolean' | 'untyped'

/** A value that is owned as a whole. */
export interface ScalarType {
  readonly kind: 'scalar'
  readonly scalar: Scalar
}

export interface ListType {
  readonly kind: 'list'
  /** Owned as a whole, whatever is in it. */
  readonly atomic: boolean
  /** Fields that tell the items of a list apart; empty for a set of plain values. */
  readonly keys: readonly string[]
  /** What an item has for a key that it does not give. */
  readonly keyDefaults: Readonly<Record<string, unknown>>
  readonly element: MergeType
}

export interface MapType {
  readonly kind: 'map'
  readonly atomic: boolean
  /** A field that the schema names. */
  readonly field: (name: string) => MergeType | undefined
  /** Of all other fields; undefined when there may be none. */
  readonly element: MergeType | undefined
}

export type Atom = ScalarType | ListType | MapType

/** How values of a place in the schema are merged (structured-merge-diff's schema.Atom): more than one is possible where any type is allowed. */
export interface MergeType {
  readonly map?: MapType
  readonly scalar?: ScalarType
  readonly list?: ListType
}

/** The atom that a value is of; of values of a wrong type the first possible one. */
export function atomOf(type: MergeType, value: unknown): Atom {
  if (value !== undefined && value !== null) {
    if (Array.isArray(value)) {
      if (type.list !== undefined) return type.list
    } else if (typeof value === 'object') {
      if (type.map !== undefined) return type.map
    } else if (type.scalar !== undefined) return type.scalar
  }
  return type.map ?? type.scalar ?? type.list ?? untyped
}

const scalar = (name: Scalar): ScalarType => ({ kind: 'scalar', scalar: name })
const untyped = scalar('untyped')
const scalars = {
  string: { scalar: scalar('string') },
  integer: { scalar: scalar('numeric') },
  number: { scalar: scalar('numeric') },
  boolean: { scalar: scalar('boolean') },
} as const satisfies Record<string, MergeType>

const wholeValue: MergeType = {
  scalar: untyped,
  get list(): ListType {
    return { kind: 'list', atomic: true, keys: [], keyDefaults: {}, element: wholeValue }
  },
  get map(): MapType {
    return { kind: 'map', atomic: true, field: () => undefined, element: wholeValue }
  },
}

/** Values of which the schema says nothing: lists are owned as a whole, objects field by field. */
const deducedMap: MapType = {
  kind: 'map',
  atomic: false,
  field: () => undefined,
  get element(): MergeType {
    return deduced
  },
}
const deducedList: ListType = {
  kind: 'list',
  atomic: true,
  keys: [],
  keyDefaults: {},
  element: wholeValue,
}
export const deduced: MergeType = { scalar: untyped, list: deducedList, map: deducedMap }

const intOrString: MergeType = { scalar: untyped }
const scalarRefs = new Set([
  'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
])

const typesByDefinition = new WeakMap<Definition, MergeType>()

/** The type of a named definition; `undefined` when there is none. Made on first use, and kept with the definition. */
export function mergeTypeOf(definitions: Definitions, name: string): MergeType | undefined {
  const definition = definitions[name]
  if (definition === undefined) return undefined
  if (scalarRefs.has(name)) return intOrString
  const known = typesByDefinition.get(definition)
  if (known !== undefined) return known
  const made = typeOfNode(definitions, definition, name)
  typesByDefinition.set(definition, made)
  return made
}

/** `name` is the definition's whose node this is, '' for nodes within. */
function typeOfNode(definitions: Definitions, node: Definition, name: string): MergeType {
  if (node.$ref !== undefined) return typeOfRef(definitions, node, node.$ref)
  if (node['x-kubernetes-int-or-string'] === true) return intOrString
  switch (node.type) {
    case 'string':
    case 'integer':
    case 'number':
    case 'boolean':
      return scalars[node.type]
    case 'array':
      return { list: listType(definitions, node) }
    case 'object':
    case undefined:
    default: {
      const isOpen = node.properties === undefined && node.additionalProperties === undefined
      if (!isOpen) return { map: mapType(definitions, node, name) }
      const keepsUnknown = node['x-kubernetes-preserve-unknown-fields'] === true
      return node.type === undefined || keepsUnknown ? deduced : wholeValue
    }
  }
}

/** Where a type is referred to, it may be said whether it is owned as a whole there. */
function typeOfRef(definitions: Definitions, node: Definition, ref: string): MergeType {
  const type = mergeTypeOf(definitions, refName(ref)) ?? deduced
  const says = node['x-kubernetes-map-type']
  if (says === undefined || type.map === undefined) return type
  const { map } = type
  const { kind, field } = map
  return {
    ...type,
    map: {
      kind,
      field,
      atomic: says === 'atomic',
      get element(): MergeType | undefined {
        return map.element
      },
    },
  }
}

const listStrategies: Readonly<Record<string, boolean>> = { merge: true, 'merge,retainKeys': true }

function listType(definitions: Definitions, node: Definition): ListType {
  const items = node.items ?? {}
  const says = node['x-kubernetes-list-type']
  const byPatch =
    says === undefined && listStrategies[node['x-kubernetes-patch-strategy'] ?? ''] === true
  const mergeKey = node['x-kubernetes-patch-merge-key']
  const keys = byPatch
    ? mergeKey === undefined
      ? []
      : [mergeKey]
    : says === 'map'
      ? (node['x-kubernetes-list-map-keys'] ?? [])
      : []
  let element: MergeType | undefined
  return {
    kind: 'list',
    atomic: !byPatch && says !== 'set' && says !== 'map',
    keys,
    keyDefaults: keyDefaults(definitions, items, keys),
    get element(): MergeType {
      return (element ??= typeOfNode(definitions, items, ''))
    },
  }
}

/** Go's zero for keys that cannot be absent, or the schema's own default. */
function keyDefaults(
  definitions: Definitions,
  items: Definition,
  keys: readonly string[],
): Record<string, unknown> {
  if (keys.length === 0) return {}
  const name = items.$ref === undefined ? '' : refName(items.$ref)
  const zeros = new Map(name === '' ? [] : structType(definitions, name).zeros)
  const properties = (name === '' ? items : definitions[name])?.properties ?? {}
  const known = mapKeyDefaults[name] ?? {}
  return Object.fromEntries(
    keys
      .map((key) => [key, properties[key]?.default ?? known[key] ?? zeros.get(key)] as const)
      .filter(([, value]) => value !== undefined),
  )
}

function mapType(definitions: Definitions, node: Definition, name: string): MapType {
  const { properties, additionalProperties } = node
  const known = new Map<string, MergeType>()
  let element: MergeType | undefined
  const keepsUnknown = node['x-kubernetes-preserve-unknown-fields'] === true
  return {
    kind: 'map',
    atomic: node['x-kubernetes-map-type'] === 'atomic',
    field: (field) => {
      const made = known.get(field)
      if (made !== undefined || properties === undefined) return made
      const shape = Object.hasOwn(properties, field) ? properties[field] : undefined
      if (shape === undefined) return undefined
      const type = typeOfNode(definitions, shape, name)
      known.set(field, type)
      return type
    },
    get element(): MergeType | undefined {
      if (element !== undefined) return element
      if (additionalProperties !== undefined) {
        element = typeOfNode(definitions, additionalProperties, '')
      } else if (keepsUnknown) element = deduced
      return element
    },
  }
}
