import {
  formatGroupVersion,
  type GroupVersionKind,
  parseGroupVersion,
} from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import type { Definitions, ProtobufField } from '../scheme/definition.ts'
import { inlinedMessage, structType } from '../scheme/field-types.ts'
import { kubernetesApi } from '../schema/published.ts'
import { magic, isWrappedList } from './envelope.ts'
import { encodeEntry, encodeValue, type Nested } from './encode-values.ts'
import { delimited, text, varintField } from './writer.ts'

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
const ref = (name: string): { $ref: string } => ({ $ref: `#/definitions/${name}` })

/** Forms of objects that no published path has. */
const partial: Definitions = {
  [`${meta}PartialObjectMetadata`]: {
    properties: { metadata: ref(`${meta}ObjectMeta`) },
    'x-protobuf': { 1: { name: 'metadata', wire: 'bytes', go: 'ObjectMeta' } },
  },
  [`${meta}PartialObjectMetadataList`]: {
    properties: {
      metadata: ref(`${meta}ListMeta`),
      items: { type: 'array', items: ref(`${meta}PartialObjectMetadata`) },
    },
    'x-protobuf': {
      1: { name: 'metadata', wire: 'bytes', go: 'ListMeta' },
      2: { name: 'items', wire: 'bytes', go: '[]PartialObjectMetadata' },
    },
  },
}

const definitions: Definitions = { ...kubernetesApi.definitions, ...partial }

function indexed(): Map<string, string> {
  const index = new Map<string, string>()
  for (const [name, definition] of Object.entries(definitions)) {
    if (definition['x-protobuf'] === undefined) continue
    for (const gvk of definition['x-kubernetes-group-version-kind'] ?? [])
      index.set(`${formatGroupVersion(gvk)} ${gvk.kind}`, name)
  }
  for (const version of ['v1', 'v1beta1'])
    for (const name of Object.keys(partial))
      index.set(`meta.k8s.io/${version} ${name.slice(meta.length)}`, name)
  return index
}

let index: ReadonlyMap<string, string> | undefined

/**
 * A Kubernetes protobuf body (`application/vnd.kubernetes.protobuf`) of an object that has apiVersion and kind; undefined when its kind has
 * no protobuf form. What decodeProtobuf makes of it is the object again.
 */
export function encodeProtobuf(object: JsonObject): Buffer | undefined {
  const apiVersion = String(object['apiVersion'])
  const kind = String(object['kind'])
  index ??= indexed()
  const gv = parseGroupVersion(apiVersion)
  const name = index.get(`${formatGroupVersion(gv)} ${kind}`)
  if (name === undefined) return undefined
  const type: Buffer[] = []
  text(1, apiVersion, type)
  text(2, kind, type)
  const out: Buffer[] = [magic]
  delimited(1, Buffer.concat(type), out)
  delimited(2, encodeMessage(name, object), out)
  // contentEncoding and contentType, which Go writes empty.
  text(3, '', out)
  text(4, '', out)
  return Buffer.concat(out)
}

/** Whether objects of a kind have a protobuf form. */
export function hasProtobuf(gvk: GroupVersionKind): boolean {
  index ??= indexed()
  return index.has(`${formatGroupVersion(gvk)} ${gvk.kind}`)
}

/** WatchEvent {type = 1, object = 2}; the object is a RawExtension {raw = 1}. Its kind must have a protobuf form. */
export function encodeWatchEvent(type: string, object: JsonObject): Buffer {
  const raw: Buffer[] = []
  delimited(1, encodeProtobuf(object) ?? Buffer.alloc(0), raw)
  const out: Buffer[] = []
  text(1, type, out)
  delimited(2, Buffer.concat(raw), out)
  return Buffer.concat(out)
}

const nested: Nested = (definition, object) => encodeMessage(definition, object)

function encodeMessage(name: string, object: JsonObject): Buffer {
  const out: Buffer[] = []
  encodeFields(object, { name, fields: definitions[name]?.['x-protobuf'] ?? {} }, out)
  return Buffer.concat(out)
}

interface Message {
  /** Definition of the JSON object; embedded messages are read from their parent's. */
  readonly name: string
  readonly fields: Readonly<Record<string, ProtobufField>>
}

function encodeFields(object: JsonObject, { name, fields }: Message, out: Buffer[]): void {
  const struct = structType(definitions, name)
  for (const [key, published] of Object.entries(fields)) {
    const number = Number(key)
    if (published.inline !== undefined) {
      const inlined = inlinedMessage(definitions, name, published.inline)
      if (inlined === undefined) continue
      const inner: Buffer[] = []
      encodeFields(object, { name, fields: inlined.fields }, inner)
      delimited(number, Buffer.concat(inner), out)
      continue
    }
    const field = struct.fields.get(published.name)
    const value = object[published.name]
    if (field === undefined || value === undefined || value === null) continue
    encodeField(number, { type: field.type, value }, out)
  }
}

function encodeField(
  number: number,
  { type, value }: { type: Parameters<typeof encodeValue>[0]; value: unknown },
  out: Buffer[],
): void {
  if (type.kind === 'list' && Array.isArray(value) && !isWrappedList(type.goType)) {
    for (const item of value) varintOr(number, encodeValue(type.element, item, nested), out)
  } else if (type.kind === 'map') {
    for (const [key, item] of Object.entries(value as JsonObject))
      delimited(number, encodeEntry(type, { key, item }, nested), out)
  } else varintOr(number, encodeValue(type, value, nested), out)
}

/** Numbers and booleans are varints; everything else has a length. */
function varintOr(number: number, encoded: Buffer | number | bigint, out: Buffer[]): void {
  if (Buffer.isBuffer(encoded)) delimited(number, encoded, out)
  else varintField(number, encoded, out)
}
