import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { readBody } from '../body.ts'
import { decodeObject, hubObject } from '../decode-object.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { recordOwner, writerOf } from '../field-management.ts'
import { negotiate } from '../negotiation.ts'
import type { ServedResource } from '../served-resource.ts'
import { parseWriteQuery } from '../write-options.ts'
import { answerObject } from './answer.ts'
import { writeRequest } from './write-request.ts'

/** An object may name its namespace only if it is the URL's. */
export function checkNamespace(namespaced: boolean, object: ApiObject, namespace: string): void {
  const given = object.metadata.namespace ?? ''
  if (!namespaced || given === '' || given === namespace) return
  throw newBadRequest(
    'the namespace of the provided object does not match the namespace sent on the request',
  )
}

const ofServer = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
] as const

/** Takes away what nobody may say of a new object, so that nobody comes to own it. */
function wipeSystemFields({ metadata }: ApiObject): void {
  const given = metadata as Partial<Record<(typeof ofServer)[number], unknown>>
  for (const field of ofServer) delete given[field]
}

/** POST to a collection: 201 and the object. */
export async function createObject(
  served: ServedResource,
  req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info, warnings } = res.locals
  const media = negotiate(req.headers.accept, 'object')
  const query = parseWriteQuery(info.query, 'CreateOptions')
  const body = await readBody(req, res)
  const given = decodeObject(
    served.scheme,
    { ...body, gvk: served.info },
    { fieldValidation: query.fieldValidation, warnings },
  )
  checkNamespace(served.info.namespaced, given, info.namespace)
  wipeSystemFields(given)
  const by = { fieldManager: query.fieldManager, userAgent: req.headers['user-agent'] }
  const writer = writerOf(served, by, { operation: 'Update', subresource: '' })
  recordOwner(served, writer, { live: undefined, object: given })
  const object = hubObject(served, given)
  const stored = await served.store.create(object, writeRequest(served, res, query.dryRun))
  return answerObject(served, { req, res }, { status: 201, stored, media })
}
