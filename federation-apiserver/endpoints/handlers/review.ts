import { readBody } from '../body.ts'
import { decodeObject } from '../decode-object.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { recordReviewer } from '../field-management.ts'
import { negotiate } from '../negotiation.ts'
import { sendObject } from '../respond.ts'
import type { ReviewEndpoint } from '../review-endpoint.ts'
import { parseWriteQuery } from '../write-options.ts'
import { checkNamespace } from './create.ts'

/** POST that is answered and not stored: 201 and the object that the review made. */
export async function answerReview(
  endpoint: ReviewEndpoint,
  req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info, user, warnings } = res.locals
  negotiate(req.headers.accept, 'review')
  const query = parseWriteQuery(info.query, 'CreateOptions')
  const body = await readBody(req, res)
  const object = decodeObject(
    endpoint.scheme,
    { ...body, gvk: endpoint.gvk },
    { fieldValidation: query.fieldValidation, warnings },
  )
  const { namespace, name } = info
  checkNamespace(endpoint.namespaced, object, namespace)
  if (endpoint.namespaced) object.metadata.namespace = namespace
  else delete object.metadata.namespace
  const by = { fieldManager: query.fieldManager, userAgent: req.headers['user-agent'] }
  recordReviewer(endpoint, by, object)
  const answer = await endpoint.review({ object, namespace, name, user, dryRun: query.dryRun })
  return sendObject(req, res, { status: 201, object: answer })
}
