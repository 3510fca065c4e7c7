import { isEmbedded, type JsonSchema } from '../json-schema.ts'
import {
  bool,
  bytes,
  type CelType,
  double,
  duration,
  dyn,
  int,
  listOf,
  mapOf,
  string,
  timestamp,
} from './types.ts'
import { fieldNames } from './values.ts'

/** What a schema says of a value that rules see: its type, and how large it may be. */
export interface DeclaredType {
  readonly type: CelType
  /** Most items of a list, entries of a map, bytes of a text; 0 for what has no length. */
  readonly maxElements: number
  /** Fewest bytes that a value takes as JSON. */
  readonly minSize: number
  /** Of lists and maps. */
  readonly element?: DeclaredType
}

/** Most bytes of a request: what has no limit of its own cannot be larger. */
export const maxRequestBytes = 3 * 1024 * 1024
const maxTextBytes = maxRequestBytes - 2

const plain = (type: CelType, minSize: number, maxElements = 0): DeclaredType => ({
  type,
  maxElements,
  minSize,
})

const text = (type: CelType, minSize: number, most: number): DeclaredType =>
  plain(type, minSize, most)

/** Characters may take four bytes each. */
const bytesOf = (characters: number): number => Math.max(0, characters) * 4

const resourceFields: Readonly<Record<string, JsonSchema>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: {
    type: 'object',
    properties: { name: { type: 'string' }, generateName: { type: 'string' } },
  },
}

/**
 * The type of a schema's values in rules; undefined when rules cannot see them. A resource has its type and names, whatever its schema declares. Estimates and types
 * are those of k8s.io/apiserver/pkg/cel/common, SchemaDeclType.
 */
export function declaredType(
  schema: JsonSchema,
  isResource = isEmbedded(schema),
): DeclaredType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    const { maxLength } = schema
    return plain(dyn, 1, maxLength === undefined ? maxTextBytes : bytesOf(maxLength))
  }
  return schema.type && declaredAs[schema.type](schema, isResource)
}

const declaredAs: Readonly<
  Record<
    NonNullable<JsonSchema['type']>,
    (schema: JsonSchema, isResource: boolean) => DeclaredType | undefined
  >
> = {
  array: listType,
  object: objectType,
  string: stringType,
  boolean: () => plain(bool, 4),
  number: () => plain(double, 1),
  integer: () => plain(int, 1),
}

function listType({ items, maxItems }: JsonSchema): DeclaredType | undefined {
  const element = items && declaredType(items)
  if (element === undefined) return undefined
  const most = maxItems ?? Math.floor((maxRequestBytes - 2) / (element.minSize + 1))
  return { type: listOf(element.type), maxElements: Math.max(0, most), minSize: 2, element }
}

function objectType(schema: JsonSchema, isResource: boolean): DeclaredType | undefined {
  const { additionalProperties, maxProperties, required = [] } = schema
  if (typeof additionalProperties === 'object') {
    const element = declaredType(additionalProperties)
    if (element === undefined) return undefined
    const most = maxProperties ?? Math.floor((maxRequestBytes - 2) / (element.minSize + 6))
    const type = mapOf(string, element.type)
    return { type, maxElements: Math.max(0, most), minSize: 2, element }
  }
  const fields = new Map<string, DeclaredType>()
  const properties = { ...schema.properties, ...(isResource ? resourceFields : {}) }
  let minSize = 2
  for (const [name, property] of Object.entries(properties)) {
    const declared = declaredType(property)
    if (declared === undefined) continue
    for (const field of fieldNames(name)) fields.set(field, declared)
    if (required.includes(name) && property.default === undefined) {
      minSize += name.length + declared.minSize + 4
    }
  }
  return plain({ kind: 'object', fields }, minSize)
}

function stringType({ format, maxLength, enum: values = [] }: JsonSchema): DeclaredType {
  if (format === 'duration') return text(duration, 3, 32)
  if (format === 'date') return text(timestamp, 12, 12)
  if (format === 'date-time') return text(timestamp, 21, 32)
  if (format === 'byte') return text(bytes, 2, Math.max(0, maxLength ?? maxTextBytes))
  if (maxLength !== undefined) return text(string, 2, bytesOf(maxLength))
  if (values.length === 0) return text(string, 2, maxTextBytes)
  const lengths = values.map((one) => (typeof one === 'string' ? Buffer.byteLength(one) : 0))
  return text(string, 2, Math.max(...lengths))
}
