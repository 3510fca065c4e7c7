import { readBody } from '../body.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { negotiate } from '../negotiation.ts'
import { sendObject } from '../respond.ts'
import type { ServedResource } from '../served-resource.ts'
import { parseDeleteOptions } from '../write-options.ts'
import { answerObject } from './answer.ts'
import { refOf, warnOfOrphans, writeRequest } from './write-request.ts'

/** DELETE of one object: a Status when it is gone, the object when something still holds it. */
export async function deleteObject(
  served: ServedResource,
  req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info } = res.locals
  const media = negotiate(req.headers.accept, 'object')
  const body = await readBody(req, res)
  const { deletion, dryRun } = parseDeleteOptions(served.scheme, body, info.query)
  warnOfOrphans(served, res, deletion)
  const { object: stored, removed } = await served.store.delete(
    refOf(served, res),
    deletion,
    writeRequest(served, res, dryRun),
  )
  if (!removed || served.store.strategy.returnsDeleted) {
    return answerObject(served, { req, res }, { status: 200, stored, media })
  }
  const { group, resource } = served.info
  return sendObject(req, res, {
    status: 200,
    object: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: {
        name: info.name,
        ...(group === '' ? {} : { group }),
        kind: resource,
        uid: stored.object.metadata.uid,
      },
    },
  })
}
