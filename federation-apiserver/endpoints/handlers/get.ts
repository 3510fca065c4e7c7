import { isNotFound, newBadRequest } from '#apimachinery/errors/status-error.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { parseFreshness } from '../list-options.ts'
import { negotiate } from '../negotiation.ts'
import { parseBoolean } from '../query-parameters.ts'
import type { ServedResource } from '../served-resource.ts'
import { answerObject, answerScale, warnOfAbsence } from './answer.ts'
import { refOf } from './write-request.ts'

/** GET of one object, or of its status or scale. */
export async function getObject(
  served: ServedResource,
  req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info, signal } = res.locals
  const media = negotiate(req.headers.accept, 'object')
  if (parseBoolean(info.query, 'export') === true) {
    throw newBadRequest('the export parameter, deprecated since v1.14, is no longer supported')
  }
  const freshness = parseFreshness(info.query.get('resourceVersion'), 500)
  const stored = await served.store
    .get(refOf(served, res), freshness, signal)
    .catch(async (err: unknown) => {
      if (isNotFound(err)) await warnOfAbsence(served, res)
      throw err
    })
  if (info.subresource === 'scale') {
    return answerScale(served, { req, res }, { stored, media })
  }
  return answerObject(served, { req, res }, { status: 200, stored, media })
}
