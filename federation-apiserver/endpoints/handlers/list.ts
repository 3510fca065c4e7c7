import { isExpired, StatusError } from '#apimachinery/errors/status-error.ts'
import type { ListResult } from '../../storage/interface.ts'
import { encodeContinue } from '../continue-token.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { type ListQuery, parseListQuery } from '../list-options.ts'
import { negotiate } from '../negotiation.ts'
import { parsePredicate } from '../predicate.ts'
import type { ListMeta } from '../representation.ts'
import { sendJson, sendObject } from '../respond.ts'
import { sendList } from '../send-list.ts'
import type { ServedResource } from '../served-resource.ts'
import { transformList } from '../transform.ts'
import { transformation, warnOfAbsence } from './answer.ts'

/** Continue tokens carry the key without the prefix of the resource. */
function listMeta(served: ServedResource, query: ListQuery, result: ListResult): ListMeta {
  const revision = query.exactRevision ?? result.revision
  if (result.next === undefined) return { resourceVersion: String(revision) }
  return {
    resourceVersion: String(revision),
    continue: encodeContinue({ revision, after: result.next.slice(served.store.prefix.length) }),
    ...(result.remaining === undefined ? {} : { remainingItemCount: result.remaining }),
  }
}

/**
 * History behind a continue token is gone: the client may go on from the same key at the newest revision, with a list that is no
 * longer of one moment. The token for that is in the Status.
 */
function inconsistentContinue(err: unknown, query: ListQuery, prefix: string): unknown {
  if (!isExpired(err) || query.after === undefined) return err
  const token = encodeContinue({ revision: -1, after: query.after.slice(prefix.length) })
  return new StatusError({
    ...err.status,
    message:
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    metadata: { continue: token },
  })
}

/** GET of a collection. Bytes of the stored objects are concatenated; only selectors and other media look into them. */
export async function listObjects(
  served: ServedResource,
  req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info, signal } = res.locals
  const { store, representation } = served
  const media = negotiate(req.headers.accept, 'list')
  const predicate = parsePredicate(served, info)
  const parsed = parseListQuery(info.query)
  const query =
    parsed.after === undefined ? parsed : { ...parsed, after: `${store.prefix}${parsed.after}` }
  const namespace = served.info.namespaced ? info.namespace : ''
  const result = await store
    .list(namespace, { ...query, signal, ...(predicate === undefined ? {} : { predicate }) })
    .catch((err: unknown) => {
      throw inconsistentContinue(err, query, store.prefix)
    })
  if (result.items.length === 0) await warnOfAbsence(served, res)
  const meta = listMeta(served, query, result)
  if (media.as === 'Object') {
    const whole = predicate === undefined ? representation.wholeList(result.items, meta) : undefined
    if (whole !== undefined) return sendList(req, res, whole)
    return sendJson(req, res, { status: 200, json: representation.list(result.items, meta) })
  }
  const objects = result.items.map((stored) => representation.objectOf(stored))
  const how = transformation(served, media, info.query)
  return sendObject(req, res, { status: 200, object: transformList(how, objects, meta) })
}
