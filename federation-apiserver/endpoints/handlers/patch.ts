import {
  newBadRequest,
  newInvalid,
  newStatusError,
  newUnsupportedMediaType,
} from '#apimachinery/errors/status-error.ts'
import { forbidden, invalid } from '#apimachinery/errors/field-error.ts'
import { formatGroupVersion, type GroupVersionKind } from '#apimachinery/meta/group-version.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { applyJsonPatch } from '#apimachinery/patch/json-patch.ts'
import {
  clone,
  formatGo,
  isObject,
  jsonTypeOf,
  sortedJson,
} from '#apimachinery/patch/json-value.ts'
import { applyMergePatch } from '#apimachinery/patch/merge-patch.ts'
import { applyStrategicMergePatch } from '#apimachinery/patch/strategic-merge.ts'
import type { Words } from '#apimachinery/scheme/fields.ts'
import { parseJson, type Parsed, SyntaxProblem } from '#apimachinery/scheme/json.ts'
import { scaleKind, scaleOf, withScale } from '../../registry/scale.ts'
import { thawedObject } from '../../registry/stored.ts'
import type { StoredObject } from '../../storage/interface.ts'
import { readBody, type RequestBody } from '../body.ts'
import { acceptObject, hubObject } from '../decode-object.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { recordOwner, writerOf } from '../field-management.ts'
import { negotiate } from '../negotiation.ts'
import type { ServedResource } from '../served-resource.ts'
import { invalidOptions, parseWriteQuery, type WriteQuery } from '../write-options.ts'
import { answerObject, answerScale } from './answer.ts'
import {
  applyConfiguration,
  managerErrors,
  parseConfiguration,
  scaleConfiguration,
} from './apply.ts'
import { checkNamespace } from './create.ts'
import { checkName } from './update.ts'
import { refOf, writeRequest } from './write-request.ts'

interface Patch {
  /** Gives a copy of its own to the bottom. */
  readonly apply: (object: JsonObject) => JsonObject
  /** Paths that the patch gives twice, and fields of its own that it should not have. */
  readonly duplicates: readonly string[]
  readonly meaningless?: readonly string[]
  /** What is shown of it when what it makes is refused, and in whose words. */
  readonly show: (patched: JsonObject) => string
  readonly words: Words
}

/** What a strategic merge patch is refused for is said without it. */
const decoding = 'error decoding patch: '

function parsePatch(bytes: Buffer, prefix = decoding): Parsed {
  try {
    return parseJson(bytes.toString())
  } catch (err) {
    if (!(err instanceof SyntaxProblem)) throw err
    throw newBadRequest(`${prefix}${err.message}`, { cause: err })
  }
}

function asMap(patch: unknown, prefix = decoding): JsonObject {
  if (isObject(patch)) return patch
  throw newBadRequest(
    `${prefix}json: cannot unmarshal ${jsonTypeOf(patch)} into Go value of type map[string]interface {}`,
  )
}

/** A JSON patch is strict about what it says twice or what has no meaning, in words of its own. */
function jsonPatch(bytes: Buffer): Pick<Patch, 'apply' | 'duplicates' | 'meaningless'> {
  const { value, duplicates } = parsePatch(bytes)
  const operations = Array.isArray(value) ? (value as unknown[]) : []
  const meaningless = operations.flatMap((operation, i) =>
    isObject(operation)
      ? Object.keys(operation)
          .filter((field) => !['op', 'path', 'from', 'value'].includes(field))
          .map((field) => `[${i}].${field}`)
      : [],
  )
  return { apply: (object) => applyJsonPatch(object, value), duplicates, meaningless }
}

/** Nobody has said by what keys lists of a custom resource merge. */
const notForCustom = (): Error =>
  newUnsupportedMediaType(
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
  )

const notAPatch = (): Error =>
  newStatusError({
    code: 415,
    reason: 'UnsupportedMediaType',
    message: '415: Unsupported Media Type',
    details: {},
  })

const applyType = 'application/apply-patch+yaml'
const jsonTypes = ['application/json-patch+json', 'application/merge-patch+json']
const strategicType = 'application/strategic-merge-patch+json'

const typeOf = (req: ApiRequest): string =>
  (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? ''

/** Throws 415 for a body that is no patch, or none of that kind: before anything else is asked about the request. */
export function mustBePatch({ scheme, info }: ServedResource, req: ApiRequest): void {
  const type = typeOf(req)
  if (type === applyType || jsonTypes.includes(type)) return
  if (scheme.structuralOf(info) !== undefined) throw notForCustom()
  if (type !== strategicType) throw notAPatch()
}

/** Decides by the media type how a body changes an object. */
function patchOf(
  served: ServedResource,
  { type, body: { bytes } }: Pick<PatchRequest, 'type' | 'body'>,
  gvk: GroupVersionKind,
): Patch {
  // As it was before decoding pruned it.
  const show = (patched: JsonObject): string => sortedJson(patched)
  switch (type) {
    case 'application/json-patch+json':
      return { ...jsonPatch(bytes), show, words: 'decoder' }
    case 'application/merge-patch+json': {
      const { value, duplicates } = parsePatch(bytes)
      const patch = value === null ? null : asMap(value)
      const apply = (object: JsonObject): JsonObject => applyMergePatch(object, patch)
      return { apply, duplicates, show, words: 'decoder' }
    }
    default: {
      const { value, duplicates } = parsePatch(bytes, '')
      const patch = asMap(value ?? {}, '')
      const { definitions } = served.scheme
      const schema = { definitions, definition: served.scheme.definitionOf(gvk) ?? '' }
      // It is applied to the object itself, whose type no patch can change.
      const typeMeta = { apiVersion: formatGroupVersion(gvk), kind: gvk.kind }
      let shown = patch
      const apply = (object: JsonObject): JsonObject => {
        shown = clone(patch)
        return { ...applyStrategicMergePatch(object, shown, schema), ...typeMeta }
      }
      return { apply, duplicates, show: () => formatGo(shown), words: 'converter' }
    }
  }
}

/**
 * A patch may take away what says of which type an object is. A custom resource is what it says; of a built-in, the kind is known, and one
 * without a version has no fields that anybody knows, as for a Kubernetes server.
 */
function typed(
  { scheme }: ServedResource,
  gvk: GroupVersionKind,
  object: JsonObject,
): { readonly object: JsonObject; readonly unread: readonly string[] } {
  if (scheme.structuralOf(gvk) !== undefined) return { object, unread: [] }
  const { apiVersion, kind = gvk.kind, ...rest } = object
  if (apiVersion !== undefined) return { object: { ...object, kind }, unread: [] }
  return { object: { apiVersion: formatGroupVersion(gvk), kind }, unread: Object.keys(rest) }
}

/** A patch may not turn an object into another one, nor into one that is not of its kind. */
function acceptPatched(
  served: ServedResource,
  given: { gvk: GroupVersionKind; object: JsonObject; patch: Patch },
  options: { query: WriteQuery; warnings: Set<string> },
): ApiObject {
  const { gvk, patch } = given
  const shown = patch.show(given.object)
  const { object, unread } = typed(served, gvk, given.object)
  const refuse = (why: string): Error =>
    newInvalid({ group: '', kind: '' }, '', [invalid('patch', shown, why)])
  const { fieldValidation } = options.query
  const { duplicates, meaningless, words } = patch
  const accepting = { fieldValidation, warnings: options.warnings, refuse, words }
  return acceptObject(served.scheme, { gvk, object, duplicates, meaningless, unread }, accepting)
}

type Patched = (current: StoredObject | undefined) => ApiObject

interface PatchRequest {
  readonly served: ServedResource
  readonly req: ApiRequest
  readonly res: ApiResponse
  readonly query: WriteQuery
  readonly type: string
  readonly body: RequestBody
}

/** A patch makes no other object of the one that the URL names. */
function checkIdentity(
  { served, res }: PatchRequest,
  object: ApiObject,
  live: Readonly<ApiObject> | undefined,
): void {
  checkNamespace(served.info.namespaced, object, res.locals.info.namespace)
  checkName(object, res.locals.info.name)
  const { uid = '' } = object.metadata
  if (live === undefined || uid === '' || uid === live.metadata.uid) return
  const error = invalid('metadata.uid', uid, 'field is immutable')
  throw newInvalid(served.info, object.metadata.name, [error])
}

const writerFor = ({ served, req, res, query }: PatchRequest, operation: 'Apply' | 'Update') => {
  const by = { fieldManager: query.fieldManager, userAgent: req.headers['user-agent'] }
  return writerOf(served, by, { operation, subresource: res.locals.info.subresource })
}

/** JSON patch, merge patch and strategic merge patch: a PATCH of these never creates. */
function patcher(request: PatchRequest): Patched {
  const { served, res, query } = request
  const { info, warnings } = res.locals
  const isScale = info.subresource === 'scale'
  const gvk = isScale ? scaleKind : served.info
  const patch = patchOf(served, request, gvk)
  const writer = writerFor(request, 'Update')
  return (current) => {
    // The store is told by the same error as for a missing object.
    if (current === undefined) throw served.store.notFound(info.name)
    const live = served.representation.objectOf(current)
    const base = isScale ? scaleOf(live, served.scale) : live
    const given = { gvk, object: patch.apply(base), patch }
    const object = acceptPatched(served, given, { query, warnings })
    checkIdentity(request, object, live)
    const whole = isScale
      ? withScale(thawedObject(served.store.resource, current), object, served.scale)
      : object
    recordOwner(served, writer, { live, object: whole })
    return whole
  }
}

/** Server-side apply: what is missing is made. */
function applier(request: PatchRequest): Patched {
  const { served, res, query, body } = request
  const { info, warnings } = res.locals
  const writer = writerFor(request, 'Apply')
  const isScale = info.subresource === 'scale'
  const given = parseConfiguration(body, isScale ? scaleKind : served.info)
  const config = isScale ? scaleConfiguration(served, given) : given
  return (current) => {
    if (current === undefined && info.subresource !== '') throw served.store.notFound(info.name)
    const live = current && served.representation.objectOf(current)
    const asked = { served, writer, name: info.name, config, query, warnings }
    const object = applyConfiguration(asked, live)
    checkIdentity(request, object, live)
    return object
  }
}

/** PATCH of an object or of a subresource. Applied to the newest state until the write lands, unless the patch names a resourceVersion. */
export async function patchObject(
  served: ServedResource,
  req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info } = res.locals
  const media = negotiate(req.headers.accept, 'object')
  const query = parseWriteQuery(info.query, 'PatchOptions')
  const type = typeOf(req)
  const applies = type === applyType
  const errors = applies ? managerErrors(query) : []
  if (!applies && info.query.get('force') !== null) {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'))
  }
  if (errors.length > 0) throw invalidOptions('PatchOptions', errors)
  const isScale = info.subresource === 'scale'
  const request = { served, req, res, query, type, body: await readBody(req, res) }
  const patched = applies ? applier(request) : patcher(request)

  const options = writeRequest(served, res, query.dryRun)
  const { object: stored, created } = await served.store.update(
    refOf(served, res),
    (current) => {
      const object = patched(current)
      return isScale ? object : hubObject(served, object)
    },
    { ...options, ...(isScale ? { subresource: '' } : {}), createsMissing: applies },
  )
  if (isScale) return answerScale(served, { req, res }, { stored, media })
  return answerObject(served, { req, res }, { status: created ? 201 : 200, stored, media })
}
