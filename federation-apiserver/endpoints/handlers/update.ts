import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { scaleKind, withScale } from '../../registry/scale.ts'
import { thawedObject, wholeObject } from '../../registry/stored.ts'
import { readBody } from '../body.ts'
import { decodeObject, hubObject } from '../decode-object.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { recordOwner, writerOf } from '../field-management.ts'
import { negotiate } from '../negotiation.ts'
import type { ServedResource } from '../served-resource.ts'
import { parseWriteQuery } from '../write-options.ts'
import { answerObject, answerScale } from './answer.ts'
import { checkNamespace } from './create.ts'
import { refOf, writeRequest } from './write-request.ts'

/** The body must name the object of the URL. */
export function checkName(object: ApiObject, name: string): void {
  const given = object.metadata.name ?? ''
  if (given === name) return
  throw newBadRequest(
    given === ''
      ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
      : `the name of the object (${given}) does not match the name on the URL (${name})`,
  )
}

/** PUT of an object or of a subresource: 200, or 201 when the resource is created by PUT. */
export async function updateObject(
  served: ServedResource,
  req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info, warnings } = res.locals
  const media = negotiate(req.headers.accept, 'object')
  const query = parseWriteQuery(info.query, 'UpdateOptions')
  const isScale = info.subresource === 'scale'
  const body = await readBody(req, res)
  // The compare-and-swap loop may ask for the object again; each attempt gets a fresh one.
  const decode = (): ApiObject => {
    const object = decodeObject(
      served.scheme,
      { ...body, gvk: isScale ? scaleKind : served.info },
      { fieldValidation: query.fieldValidation, warnings },
    )
    checkNamespace(served.info.namespaced, object, info.namespace)
    checkName(object, info.name)
    return object
  }
  let first: ApiObject | undefined = decode()
  const next = (): ApiObject => {
    const object = first ?? decode()
    first = undefined
    return object
  }
  const by = { fieldManager: query.fieldManager, userAgent: req.headers['user-agent'] }
  const { subresource } = info
  const writer = writerOf(served, by, { operation: 'Update', subresource })
  const options = writeRequest(served, res, query.dryRun)
  const { object: stored, created } = await served.store.update(
    refOf(served, res),
    (current) => {
      if (isScale && current !== undefined) {
        const live = wholeObject(served.store.resource, current)
        const object = withScale(thawedObject(served.store.resource, current), next(), served.scale)
        recordOwner(served, writer, { live, object })
        return object
      }
      const object = next()
      const live = current && served.representation.objectOf(current)
      recordOwner(served, writer, { live, object })
      return hubObject(served, object)
    },
    isScale ? { ...options, subresource: '' } : options,
  )
  if (isScale) return answerScale(served, { req, res }, { stored, media })
  return answerObject(served, { req, res }, { status: created ? 201 : 200, stored, media })
}
