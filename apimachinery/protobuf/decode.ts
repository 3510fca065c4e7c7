import { newUnsupportedMediaType } from '../errors/status-error.ts'
import {
  formatGroupVersion,
  type GroupVersionKind,
  parseGroupVersion,
} from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import type { Definitions, ProtobufField } from '../scheme/definition.ts'
import { type Field, inlinedMessage, structType } from '../scheme/field-types.ts'
import type { Scheme } from '../scheme/scheme.ts'
import { isWrappedList, magic } from './envelope.ts'
import { ProtobufProblem, Reader } from './reader.ts'
import { decodeValue, isZero, mapEntry } from './values.ts'

export { ProtobufProblem } from './reader.ts'

/**
 * Decodes a Kubernetes protobuf body (`application/vnd.kubernetes.protobuf`) into the object that the same Go value gives in JSON:
 * zero values are left out where Go leaves them out, nulls always. `expected` is used when the body names no kind.
 * @throws ProtobufProblem for a malformed body or an unknown kind, StatusError 415 for a kind that has no protobuf form
 */
export function decodeProtobuf(
  scheme: Scheme,
  bytes: Buffer,
  expected?: GroupVersionKind,
): JsonObject {
  if (bytes.length < 4 || !bytes.subarray(0, 4).equals(magic)) {
    throw new ProtobufProblem(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    )
  }
  const { gvk, raw } = readEnvelope(bytes.subarray(4), expected)
  const name = scheme.definitionOf(gvk)
  if (name === undefined) {
    throw new ProtobufProblem(
      `no kind "${gvk.kind}" is registered for version "${formatGroupVersion(gvk)}"`,
    )
  }
  if (scheme.definitions[name]?.['x-protobuf'] === undefined) {
    throw newUnsupportedMediaType(
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
    )
  }
  return {
    kind: gvk.kind,
    apiVersion: formatGroupVersion(gvk),
    ...decodeMessage(scheme.definitions, name, raw),
  }
}

/** runtime.Unknown: typeMeta{apiVersion = 1, kind = 2} = 1, raw = 2, contentEncoding = 3, contentType = 4. */
function readEnvelope(
  bytes: Buffer,
  expected: GroupVersionKind | undefined,
): { gvk: GroupVersionKind; raw: Buffer } {
  let raw: Buffer = Buffer.alloc(0)
  let apiVersion = ''
  let kind = ''
  for (const { number, value } of fieldsOf(bytes)) {
    if (!Buffer.isBuffer(value)) continue
    if (number === 2) raw = value
    if (number !== 1) continue
    for (const meta of fieldsOf(value)) {
      if (!Buffer.isBuffer(meta.value)) continue
      if (meta.number === 1) apiVersion = meta.value.toString('utf8')
      if (meta.number === 2) kind = meta.value.toString('utf8')
    }
  }
  const gv = apiVersion === '' ? expected : parseGroupVersion(apiVersion)
  return {
    gvk: {
      group: gv?.group ?? '',
      version: gv?.version ?? '',
      kind: kind || (expected?.kind ?? ''),
    },
    raw,
  }
}

function* fieldsOf(bytes: Buffer) {
  const reader = new Reader(bytes)
  while (!reader.done) yield reader.next()
}

/** Deeper messages are refused, as in JSON bodies. */
const maxDepth = 200

/** Decodes the bytes of one message of definition `name`. */
export function decodeMessage(
  definitions: Definitions,
  name: string,
  bytes: Buffer,
  depth = 0,
): JsonObject {
  if (depth > maxDepth) throw new ProtobufProblem('exceeded max depth')
  const object: JsonObject = {}
  const context = { definitions, name, depth }
  decodeFields(object, bytes, { ...context, fields: definitions[name]?.['x-protobuf'] ?? {} })
  dropZeros(object, structType(definitions, name).fields)
  return object
}

interface Message {
  definitions: Definitions
  /** Definition of the JSON object that is filled; embedded messages fill their parent's. */
  name: string
  fields: Readonly<Record<string, ProtobufField>>
  depth: number
}

function decodeFields(object: JsonObject, bytes: Buffer, message: Message): void {
  const { definitions, name, depth } = message
  const struct = structType(definitions, name)
  const nested = (definition: string, at: Buffer): JsonObject =>
    decodeMessage(definitions, definition, at, depth + 1)
  for (const wire of fieldsOf(bytes)) {
    const published = message.fields[wire.number]
    if (published === undefined) continue
    if (published.inline !== undefined) {
      const inlined = inlinedMessage(definitions, name, published.inline)
      if (inlined === undefined || !Buffer.isBuffer(wire.value)) continue
      decodeFields(object, wire.value, { ...message, fields: inlined.fields })
      continue
    }
    const field = struct.fields.get(published.name)
    if (field !== undefined) decodeField(object, field, { wire, nested })
  }
}

type FromWire = Parameters<typeof decodeValue>[1]

function decodeField(object: JsonObject, { name, type }: Field, from: FromWire): void {
  if (type.kind === 'list' && !isWrappedList(type.goType)) {
    const list = (object[name] ??= []) as unknown[]
    const { wire } = from
    if (Buffer.isBuffer(wire.value) && isPacked(type.element.kind)) {
      const reader = new Reader(wire.value)
      while (!reader.done) {
        const value = reader.varint()
        list.push(decodeValue(type.element, { ...from, wire: { ...wire, value, wire: 0 } }))
      }
    } else list.push(decodeValue(type.element, from))
  } else if (type.kind === 'map') {
    const map = (object[name] ??= {}) as JsonObject
    const { key, value } = mapEntry(type, from)
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    object[name] = decodeValue(type, from)
  }
}

const isPacked = (kind: string): boolean => kind === 'int32' || kind === 'int64' || kind === 'bool'

/** Go writes non-pointer zero values on the wire and leaves them out of JSON. */
function dropZeros(object: JsonObject, fields: ReadonlyMap<string, Field>): void {
  for (const [key, value] of Object.entries(object)) {
    if (value === null || value === undefined) delete object[key]
    else if (fields.get(key)?.omitZero === true && isZero(value)) delete object[key]
  }
}
