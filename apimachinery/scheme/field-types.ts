import { type InlinedMessages, kubernetesApi } from '../schema/published.ts'
import type { Definition, Definitions, ProtobufField } from './definition.ts'

export type ScalarKind =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float'
  | 'bytes'
  | 'quantity'
  | 'time'
  | 'microTime'
  | 'intOrString'

/** Types whose JSON is free-form; they differ only on the protobuf wire. */
export type AnyKind = 'raw' | 'schemaOrBool' | 'schemaOrArray' | 'schemaOrStringArray' | 'any'

/** What a field holds, resolved from the schema. `goType` names it as Go's decoder does in errors (`int32`, `v1.PodSpec`, `[]string`). */
export type FieldType =
  | { readonly kind: ScalarKind | AnyKind; readonly goType: string }
  | { readonly kind: 'struct'; readonly definition: string; readonly goType: string }
  | { readonly kind: 'list'; readonly element: FieldType; readonly goType: string }
  | { readonly kind: 'map'; readonly value: FieldType; readonly goType: string }

export interface Field {
  readonly name: string
  readonly type: FieldType
  /** Go leaves it out when it is false, 0, '' or empty: `omitempty` and no pointer. */
  readonly omitZero: boolean
  /** A struct that Go has by value: absent in JSON is the same as `{}`, and `{}` is what Go writes. */
  readonly alwaysThere: boolean
  /** Go has a pointer: absent is nil, and not the zero value. */
  readonly pointer: boolean
  /** Name of the Go struct that is embedded in the parent and has this field, '' if the parent itself has it. */
  readonly embedded: string
}

/** One object type: what JSON calls an object and Go a struct. */
export interface StructType {
  /** Go name without package: `DeploymentSpec`. */
  readonly goName: string
  /** In the order that Go has them in. */
  readonly fields: ReadonlyMap<string, Field>
  readonly required: readonly string[]
  /** Names of the fields that are `alwaysThere`. */
  readonly alwaysThere: readonly string[]
  /** What Go writes for absent scalars that have no `omitempty`, by field. */
  readonly zeros: readonly (readonly [string, '' | 0 | '0' | false])[]
  /** What Go writes as null when it is absent: lists, maps and optional pointers without `omitempty`, and times by value. */
  readonly nulls: readonly string[]
  /** The same of pointers; they are required, so that only a struct that nobody has filled in lacks them. */
  readonly nullPointers: readonly string[]
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
const crd = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.'
const special: Readonly<Record<string, ScalarKind | AnyKind>> = {
  [`${meta}Time`]: 'time',
  [`${meta}MicroTime`]: 'microTime',
  [`${meta}FieldsV1`]: 'raw',
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'quantity',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'intOrString',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'raw',
  [`${crd}JSON`]: 'raw',
  [`${crd}JSONSchemaPropsOrBool`]: 'schemaOrBool',
  [`${crd}JSONSchemaPropsOrArray`]: 'schemaOrArray',
  [`${crd}JSONSchemaPropsOrStringArray`]: 'schemaOrStringArray',
}

/** To Go's `omitempty` a struct is never empty: not a quantity, not an int-or-string, not a time. */
const canBeEmpty: ReadonlySet<string> = new Set([
  'string',
  'bool',
  'int32',
  'int64',
  'float',
  'bytes',
  'list',
  'map',
])

const structs = new WeakMap<Definition, StructType>()

/** The struct of a definition; made on first use and kept with the definition. */
export function structType(definitions: Definitions, name: string): StructType {
  const definition = definitions[name] ?? {}
  const known = structs.get(definition)
  if (known !== undefined) return known
  const made = makeStruct(definitions, name, definition)
  structs.set(definition, made)
  return made
}

export const refName = (ref: string): string => ref.slice('#/definitions/'.length)

function makeStruct(definitions: Definitions, name: string, definition: Definition): StructType {
  const dot = name.lastIndexOf('.')
  const packageName = name.slice(name.lastIndexOf('.', dot - 1) + 1, dot)
  const wire = wireFields(definitions, name)
  const fields = new Map<string, Field>()
  const zeros: [string, '' | 0 | '0' | false][] = []
  const nulls: string[] = []
  const nullPointers: string[] = []
  const order = [...wire.keys()]
  const inOrder = Object.entries(definition.properties ?? {}).sort(
    ([a], [b]) => order.indexOf(a) - order.indexOf(b),
  )
  for (const [field, shape] of inOrder) {
    const known = wire.get(field)
    const type = fieldType(definitions, shape, goTypeName(known?.field.go ?? '', packageName))
    const omitZero =
      known !== undefined &&
      known.field.omitempty === true &&
      known.field.pointer !== true &&
      // An empty list of owners says something: forget them.
      field !== 'managedFields' &&
      canBeEmpty.has(type.kind)
    const alwaysThere =
      type.kind === 'struct' && known !== undefined && known.field.pointer !== true
    if (known !== undefined && known.field.omitempty !== true) {
      const zero = zeroScalar(type.kind)
      if (known.field.pointer === true) nullPointers.push(field)
      else if (zero !== undefined) zeros.push([field, zero])
    }
    // To Go's `omitempty` no struct is empty.
    if (known !== undefined && known.field.pointer !== true && type.kind === 'quantity') {
      zeros.push([field, '0'])
    }
    const isOptional = definition.required?.includes(field) !== true
    if (known !== undefined && isNull(known.field, type, isOptional)) nulls.push(field)
    fields.set(field, {
      name: field,
      type,
      omitZero,
      alwaysThere,
      pointer: known?.field.pointer === true,
      embedded: known?.embedded ?? '',
    })
  }
  return {
    goName: name.slice(dot + 1),
    fields,
    required: definition.required ?? [],
    alwaysThere: [...fields.values()].filter((f) => f.alwaysThere).map((f) => f.name),
    zeros,
    nulls,
    nullPointers,
  }
}

/** `omitempty` leaves out no struct, and so no time; only creationTimestamp has `omitzero`. */
function isNull(
  { name, pointer, omitempty }: ProtobufField,
  { kind }: FieldType,
  isOptional: boolean,
): boolean {
  if (pointer !== true && (kind === 'time' || kind === 'microTime')) {
    return name !== 'creationTimestamp'
  }
  if (pointer === true) return omitempty !== true && isOptional
  return omitempty !== true && (kind === 'list' || kind === 'map')
}

function zeroScalar(kind: FieldType['kind']): '' | 0 | false | undefined {
  if (kind === 'string') return ''
  if (kind === 'bool') return false
  return kind === 'int32' || kind === 'int64' || kind === 'float' ? 0 : undefined
}

/** The message that a field of `parent` marked `inline` stands for; its fields belong to the parent in JSON. */
export function inlinedMessage(
  definitions: Definitions,
  parent: string,
  inline: string,
): { name: string; fields: Readonly<Record<string, ProtobufField>> } | undefined {
  const name = parent.slice(0, parent.lastIndexOf('.') + 1) + inline
  const inlined: InlinedMessages = kubernetesApi.inlined
  const fields = definitions[name]?.['x-protobuf'] ?? inlined[name]?.['x-protobuf']
  return fields === undefined ? undefined : { name, fields }
}

/** JSON name → how Go has the field, through embedded structs. */
function wireFields(
  definitions: Definitions,
  name: string,
): Map<string, { field: ProtobufField; embedded: string }> {
  const found = new Map<string, { field: ProtobufField; embedded: string }>()
  const add = (fields: Readonly<Record<string, ProtobufField>>, embedded: string): void => {
    for (const field of Object.values(fields)) {
      if (field.inline === undefined) found.set(field.name, { field, embedded })
      else {
        const message = inlinedMessage(definitions, name, field.inline)
        if (message !== undefined) add(message.fields, field.inline)
      }
    }
  }
  add(definitions[name]?.['x-protobuf'] ?? {}, '')
  return found
}

/** Go's builtin types stay; others get the last element of their package's path. */
function goTypeName(go: string, packageName: string): string {
  if (go.startsWith('*')) return goTypeName(go.slice(1), packageName)
  if (go.startsWith('[]')) return `[]${goTypeName(go.slice(2), packageName)}`
  const map = /^map\[(\w+)\](.*)$/.exec(go)
  if (map !== null) return `map[${map[1]}]${goTypeName(map[2] ?? '', packageName)}`
  if (go === 'byte') return 'uint8'
  if (go === '' || /^(string|bool|int32|int64|float64)$/.test(go)) return go
  if (!go.includes('.')) return `${packageName}.${go}`
  return go.replace(/^(metav1|corev1|apiv1)\./, 'v1.')
}

function fieldType(definitions: Definitions, shape: Definition, go: string): FieldType {
  if (shape.$ref !== undefined) return refType(definitions, refName(shape.$ref), go)
  if (shape.type === 'array') {
    const elementGo = go.startsWith('[]') ? go.slice(2) : ''
    const element = fieldType(definitions, shape.items ?? {}, elementGo)
    return { kind: 'list', element, goType: go || `[]${element.goType}` }
  }
  if (shape.additionalProperties !== undefined) {
    const valueGo = go.startsWith('map[') ? go.slice(go.indexOf(']') + 1) : ''
    const value = fieldType(definitions, shape.additionalProperties, valueGo)
    return { kind: 'map', value, goType: go || `map[string]${value.goType}` }
  }
  return scalarType(shape, go)
}

function scalarType({ type, format }: Definition, go: string): FieldType {
  if (type === 'boolean') return { kind: 'bool', goType: go || 'bool' }
  if (type === 'integer') {
    const kind = format === 'int32' ? 'int32' : 'int64'
    return { kind, goType: go || kind }
  }
  if (type === 'number') return { kind: 'float', goType: go || 'float64' }
  if (type !== 'string') return { kind: 'any', goType: go }
  if (format === 'byte') return { kind: 'bytes', goType: '[]uint8' }
  return { kind: 'string', goType: go || 'string' }
}

function refType(definitions: Definitions, name: string, go: string): FieldType {
  const known = special[name]
  if (known !== undefined)
    return { kind: known, goType: known === 'intOrString' ? 'int32' : 'string' }
  if (definitions[name]?.properties === undefined) return { kind: 'any', goType: go }
  const short = name.split('.').slice(-2).join('.')
  return { kind: 'struct', definition: name, goType: go || short }
}
