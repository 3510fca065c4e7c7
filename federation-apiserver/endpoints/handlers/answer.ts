import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import { scaleInfo, scaleOf } from '../../registry/scale.ts'
import type { StoredObject } from '../../storage/interface.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { type Media, negotiate, plainMedia } from '../negotiation.ts'
import { sendJson, sendObject } from '../respond.ts'
import type { ServedResource } from '../served-resource.ts'
import { type TableOptions, transformObject, type Transformation } from '../transform.ts'

export function transformation(
  served: ServedResource,
  media: Media,
  query: URLSearchParams,
): Transformation {
  const asked = query.get('includeObject') ?? ''
  if (media.as === 'Table' && !['', 'None', 'Metadata', 'Object'].includes(asked)) {
    const why = `Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`
    throw newBadRequest(`Unable to convert to Table as requested: includeObject: ${why}`)
  }
  const includeObject: TableOptions['includeObject'] =
    asked === 'None' || asked === 'Object' ? asked : 'Metadata'
  return { media, info: served.info, table: served.table, includeObject }
}

interface Answer {
  readonly status: number
  readonly stored: StoredObject
  readonly media?: Media
}

/** Sends one object in the form that the request accepts. */
export function answerObject(
  served: ServedResource,
  exchange: { req: ApiRequest; res: ApiResponse },
  answer: Answer,
): Promise<void> {
  const { req, res } = exchange
  const media = answer.media ?? negotiate(req.headers.accept, 'object')
  const { status, stored } = answer
  // Now that it is accepted; PUT and apply create, too.
  if (status === 201 && served.createWarning !== undefined)
    res.locals.warnings.add(served.createWarning)
  if (media.as === 'Object') {
    return sendJson(req, res, { status, json: served.representation.object(stored) })
  }
  const how = transformation(served, media, res.locals.info.query)
  const object = transformObject(how, served.representation.objectOf(stored))
  return sendObject(req, res, { status, object })
}

/** The same of its Scale: tables have the columns of that, and so has what is said of its kind. */
export function answerScale(
  served: ServedResource,
  { req, res }: { req: ApiRequest; res: ApiResponse },
  { stored, media = plainMedia }: Omit<Answer, 'status'>,
): Promise<void> {
  const scale = scaleOf(stored.object, served.scale)
  if (media.as === 'Object') return sendObject(req, res, { status: 200, object: scale })
  const table = served.scaleTable ?? served.table
  const how = { ...transformation(served, media, res.locals.info.query), info: scaleInfo, table }
  return sendObject(req, res, { status: 200, object: transformObject(how, scale) })
}

/** Who finds nothing is told where to look, of kinds that are elsewhere. */
export async function warnOfAbsence(served: ServedResource, res: ApiResponse): Promise<void> {
  const warning = await served.absenceWarning?.()
  if (warning !== undefined) res.locals.warnings.add(warning)
}
