import { invalid } from '#apimachinery/errors/field-error.ts'
import { newBadRequest, newInvalid } from '#apimachinery/errors/status-error.ts'
import {
  formatGroupVersion,
  type GroupVersionKind,
  parseGroupVersion,
} from '#apimachinery/meta/group-version.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { decodeBody } from '#apimachinery/scheme/decode.ts'
import { applyDefaults, checkFields, type Words } from '#apimachinery/scheme/fields.ts'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { RequestBody } from './body.ts'
import type { ServedResource } from './served-resource.ts'
import type { FieldValidation } from './write-options.ts'

export interface DecodeOptions {
  readonly fieldValidation: FieldValidation
  /** Receives the texts of Warning headers. */
  readonly warnings: Set<string>
}

type HubTarget = Pick<ServedResource, 'scheme' | 'store' | 'conversion' | 'info'>

const cannotHandle = (given: { kind: string; version: string }, kind: string, why: string) =>
  newBadRequest(
    `${given.kind} in version "${given.version}" cannot be handled as a ${kind}: ${why}`,
  )

const wrongVersion = (apiVersion: string, gvk: GroupVersionKind): Error =>
  newBadRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${formatGroupVersion(gvk)})`,
  )

/** Of a custom resource the type is one more field. */
function wrongCustomType(
  gvk: GroupVersionKind,
  { apiVersion, object }: { readonly apiVersion: string; readonly object: JsonObject },
): Error {
  if (apiVersion !== formatGroupVersion(gvk)) return wrongVersion(apiVersion, gvk)
  const { kind, metadata } = object as unknown as ApiObject
  const error = invalid('kind', kind, `must be ${gvk.kind}`)
  return newInvalid({ group: gvk.group, kind }, metadata?.name ?? '', [error])
}

function checkType(
  scheme: Scheme,
  { gvk, object }: { gvk: GroupVersionKind; object: JsonObject },
  refuse?: (why: string) => Error,
): void {
  const apiVersion = String(object['apiVersion'])
  const kind = String(object['kind'])
  if (kind === gvk.kind && apiVersion === formatGroupVersion(gvk)) return
  const given = { ...parseGroupVersion(apiVersion), kind }
  if (scheme.structuralOf(gvk) !== undefined) throw wrongCustomType(gvk, { apiVersion, object })
  if (scheme.definitionOf(given) === undefined) {
    const why = `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`
    throw refuse?.(why) ?? cannotHandle(given, gvk.kind, why)
  }
  // What it says it is is decoded first.
  const [typeError] = checkFields(scheme, given, object).typeErrors
  const wrong = refuse ?? ((why: string) => cannotHandle(given, gvk.kind, why))
  if (typeError !== undefined) throw wrong(typeError)
  if (kind === gvk.kind && given.group === gvk.group) {
    throw wrongVersion(apiVersion, gvk)
  }
  const internal = `${gvk.group.split('.', 1)[0] || 'core'}.${gvk.kind}`
  throw wrong(`converting (${given.version}.${kind}) to (${internal}): unknown conversion`)
}

const unknownField = (path: string): string => `unknown field "${path}"`
const duplicateField = (path: string): string => `duplicate field "${path}"`

/** Paths of all fields of a body, in its order. */
function pathsOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => pathsOf(item, `${path}[${i}]`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => {
    const at = path === '' ? key : `${path}.${key}`
    return [at, ...pathsOf(item, at)]
  })
}

/** As a decoder comes by them; what is unknown is not told a second time. `order` is needed when there are duplicates. */
function problemsInOrder(
  order: readonly string[],
  found: { unknown: readonly string[]; duplicates: readonly string[] },
): string[] {
  if (found.duplicates.length === 0) return found.unknown.map(unknownField)
  const places = new Map(order.map((path, i) => [path, i]))
  const placeOf = (path: string): number => places.get(path) ?? order.length
  const unknown = [...found.unknown]
  const problems: string[] = []
  for (const path of found.duplicates) {
    if (found.unknown.includes(path)) continue
    while (unknown[0] !== undefined && placeOf(unknown[0]) < placeOf(path)) {
      problems.push(unknownField(unknown.shift() ?? ''))
    }
    problems.push(duplicateField(path))
  }
  return [...problems, ...unknown.map(unknownField)]
}

/** What is wrong with a patch itself; `meaningless` are fields of JSON patch operations. */
const patchProblems = ({ duplicates = [], meaningless }: Given): string[] =>
  meaningless === undefined
    ? duplicates.map(duplicateField)
    : [
        ...duplicates.map((path) => `json patch ${duplicateField(path)}`),
        ...meaningless.map((path) => `json patch ${unknownField(path)}`),
      ]

interface Given {
  readonly gvk: GroupVersionKind
  readonly object: JsonObject
  readonly duplicates?: readonly string[]
  readonly meaningless?: readonly string[] | undefined
  /** Fields that were taken out of the object before, as nobody knows them. */
  readonly unread?: readonly string[]
}

/**
 * Makes an object of the kind out of decoded JSON, in place: unknown fields are pruned and reported as fieldValidation says, wrong types
 * refused, defaults filled in. `refuse` makes the errors about what a patch made: then unknown fields are in the order of their paths, and
 * `duplicates` are the patch's.
 */
export function acceptObject(
  scheme: Scheme,
  given: Given,
  options: DecodeOptions & { refuse?: (why: string) => Error; words?: Words },
): ApiObject {
  const { gvk, object, duplicates = [] } = given
  const refuse = options.refuse ?? ((why: string) => cannotHandle(gvk, gvk.kind, why))
  checkType(scheme, given, options.refuse)
  const order = duplicates.length === 0 ? [] : pathsOf(object, '')
  const { unknown, typeErrors } = checkFields(scheme, gvk, object, options.words)
  const [typeError] = typeErrors
  if (typeError !== undefined) throw refuse(typeError)
  if (options.fieldValidation !== 'Ignore') {
    const problems =
      options.refuse === undefined
        ? problemsInOrder(order, { unknown, duplicates })
        : [
            ...patchProblems(given),
            ...[...unknown, ...(given.unread ?? [])].sort().map(unknownField),
          ]
    if (options.fieldValidation === 'Strict' && problems.length > 0) {
      throw refuse(`strict decoding error: ${problems.join(', ')}`)
    }
    for (const problem of problems) options.warnings.add(problem)
  }
  // A body without metadata is legal; everything behind this line may rely on it.
  object['metadata'] ??= {}
  applyDefaults(scheme, gvk, object)
  return object as ApiObject
}

/**
 * The form in which an object is stored. Annotations that carry what its version cannot say are the client's: what they turn into is
 * checked like a body. Throws 400.
 */
export function hubObject(
  { scheme, store, conversion, info }: HubTarget,
  object: ApiObject,
): ApiObject {
  if (conversion === undefined) return object
  const hub = conversion.toHub(object)
  const [problem] = checkFields(scheme, store.resource, hub).typeErrors
  if (problem !== undefined) throw cannotHandle(info, info.kind, problem)
  applyDefaults(scheme, store.resource, hub)
  return hub
}

/** Decodes a body into a whole object of the kind; missing apiVersion and kind are those of the endpoint. */
export function decodeObject(
  scheme: Scheme,
  { gvk, ...body }: RequestBody & { gvk: GroupVersionKind },
  options: DecodeOptions,
): ApiObject {
  const { object, duplicates } = decodeBody(scheme, { ...body, definition: gvk })
  return acceptObject(scheme, { gvk, object, duplicates }, options)
}
