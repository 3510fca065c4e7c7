import type { GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { converterWords } from './converter-words.ts'
import { isObject } from '../patch/json-value.ts'
import type { JsonSchema } from '../structural/json-schema.ts'
import { prune } from '../structural/prune.ts'
import type { Definitions } from './definition.ts'
import { noteEmptied } from './emptied.ts'
import { type FieldType, structType } from './field-types.ts'
import { isZeroValue, jsonType, normalScalar, zeroElement } from './scalars.ts'
import type { Scheme } from './scheme.ts'

export interface FieldProblems {
  /** Paths of fields the kind does not have, in the order of the body: `spec.containers[0].prots`. They are gone from the object. */
  unknown: string[]
  /** What could not be decoded, in the words of Go's decoder: `json: cannot unmarshal string into Go struct field …`; or of its converter. */
  typeErrors: string[]
}

/** Where a value is: its JSON path, and how Go's decoder names the place. */
interface Place {
  readonly path: string
  /** Go struct that has the field: `Container`. */
  readonly owner: string
  /** Field names without indexes, embedded structs included: `spec.containers.livenessProbe.ProbeHandler.httpGet`. */
  readonly goPath: string
}

/** Whose words the problems are told in: a decoder's of bodies, or a converter's of what a strategic merge patch made. */
export type Words = 'decoder' | 'converter'

interface Walk extends FieldProblems {
  /** At these Go's decoder stops, and tells of nothing before them. */
  readonly halts: string[]
  readonly words: Words
  readonly definitions: Definitions
}

/**
 * Decodes an object as Go would, in place: drops unknown fields, nulls and the zero values that Go leaves out; writes quantities, times and
 * base64 in their normal form. Field names are case-sensitive. A kind without definition is left alone.
 */
export function checkFields(
  scheme: Scheme,
  gvk: GroupVersionKind,
  object: JsonObject,
  words: Words = 'decoder',
): FieldProblems {
  const walk: Walk = {
    definitions: scheme.definitions,
    words,
    unknown: [],
    typeErrors: [],
    halts: [],
  }
  const structural = scheme.structuralOf(gvk)
  const name = scheme.definitionOf(gvk)
  if (structural !== undefined) checkCustom(walk, structural, object)
  else if (name !== undefined) checkStruct(walk, name, { object, path: '', goPath: '' })
  return { unknown: walk.unknown, typeErrors: [...walk.halts, ...walk.typeErrors] }
}

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** Of a custom resource, metadata is decoded; the rest is pruned, and judged by validation. */
function checkCustom(walk: Walk, schema: JsonSchema, object: JsonObject): void {
  const { metadata } = object
  if (isObject(metadata)) {
    const at = { object: metadata, path: 'metadata', goPath: '' }
    object['metadata'] = checkStruct(walk, objectMeta, at)
  } else if (metadata !== undefined && metadata !== null) {
    const type = { kind: 'struct', definition: objectMeta, goType: 'v1.ObjectMeta' } as const
    wrongType(walk, type, {
      value: metadata,
      place: { path: 'metadata', owner: '', goPath: 'metadata' },
    })
  }
  walk.unknown.push(...prune(schema, object))
  walk.unknown.sort()
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/** The same object; a copy where fields were dropped, for V8 is slow with objects that have lost some ever after. */
function checkStruct(
  walk: Walk,
  definition: string,
  at: { object: JsonObject; path: string; goPath: string },
): JsonObject {
  const { fields, goName } = structType(walk.definitions, definition)
  const { object } = at
  let isWhole = true
  for (const key of Object.keys(object)) {
    const field = fields.get(key)
    if (field === undefined) walk.unknown.push(join(at.path, key))
    const value = object[key]
    if (field === undefined || value === null || value === undefined) {
      delete object[key]
      isWhole = false
      continue
    }
    const checked = isText(field.type, value)
      ? value
      : checkValue(walk, field.type, {
          value,
          place: {
            path: join(at.path, key),
            owner: goName,
            goPath: join(embeddedPath(at.goPath, field.embedded), key),
          },
        })
    if (checked !== value) object[key] = checked
    if (field.omitZero && isZeroValue(field.type, checked)) {
      delete object[key]
      isWhole = false
      noteEmptied(object, key, checked)
    }
  }
  return isWhole ? object : { ...object }
}

/** Most values are texts, of which there is nothing to say. */
const isText = (type: FieldType, value: unknown): boolean =>
  type.kind === 'string' && typeof value === 'string'

/** The value in its normal form; a value of the wrong type is reported and returned as it is. */
function checkValue(walk: Walk, type: FieldType, at: { value: unknown; place: Place }): unknown {
  const { value, place } = at
  if (type.kind === 'struct') {
    if (isObject(value)) return checkStruct(walk, type.definition, { object: value, ...place })
    wrongType(walk, type, at)
    return value
  }
  if (type.kind === 'list') {
    if (Array.isArray(value)) checkList(walk, type.element, { list: value, place })
    else wrongType(walk, type, at)
    return value
  }
  if (type.kind === 'map') {
    if (isObject(value)) checkMap(walk, type.value, { map: value, place })
    else wrongType(walk, type, at)
    return value
  }
  const normal = normalScalar(type.kind, value)
  if ('value' in normal) return normal.value
  if (normal.problem === undefined) wrongType(walk, type, at, normal.shown)
  else if (type.kind === 'bytes' || walk.words === 'converter') walk.typeErrors.push(normal.problem)
  else walk.halts.push(normal.problem)
  return value
}

function checkList(
  walk: Walk,
  element: FieldType,
  { list, place }: { list: unknown[]; place: Place },
): void {
  list.forEach((given, i) => {
    const value = given ?? zeroElement(element)
    list[i] = checkValue(walk, element, { value, place: { ...place, path: `${place.path}[${i}]` } })
  })
}

function checkMap(
  walk: Walk,
  type: FieldType,
  { map, place }: { map: JsonObject; place: Place },
): void {
  for (const key of Object.keys(map)) {
    const given = map[key]
    if (isText(type, given)) continue
    const value = given ?? zeroElement(type)
    const checked = checkValue(walk, type, {
      value,
      place: { ...place, path: join(place.path, key) },
    })
    if (checked !== given) {
      Object.defineProperty(map, key, {
        value: checked,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
  }
}

function embeddedPath(goPath: string, embedded: string): string {
  return embedded === '' ? goPath : join(goPath, embedded).replace(/^\.|\.$/g, '')
}

function wrongType(
  walk: Walk,
  type: FieldType,
  { value, place }: { value: unknown; place: Place },
  shown = jsonType(value),
): void {
  if (walk.words === 'converter') {
    walk.typeErrors.push(converterWords(type, value))
    return
  }
  walk.typeErrors.push(
    `json: cannot unmarshal ${shown} into Go struct field ${place.owner}.${place.goPath} of type ${type.goType}`,
  )
}
