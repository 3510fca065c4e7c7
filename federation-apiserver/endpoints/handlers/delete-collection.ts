import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { StoredObject } from '../../storage/interface.ts'
import { readBody } from '../body.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { parseListQuery } from '../list-options.ts'
import { negotiate } from '../negotiation.ts'
import { parsePredicate } from '../predicate.ts'
import { sendJson } from '../respond.ts'
import type { ServedResource } from '../served-resource.ts'
import { parseDeleteOptions } from '../write-options.ts'
import { warnOfOrphans, writeRequest } from './write-request.ts'

/** Deletes at one time; more would starve other writers of the store. */
const parallelDeletes = 8

/** DELETE of a collection: what the selectors choose is deleted as if one by one; answers with the list of it. */
export async function deleteCollection(
  served: ServedResource,
  req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info, signal } = res.locals
  const { store } = served
  negotiate(req.headers.accept, 'object')
  const predicate = parsePredicate(served, info)
  const body = await readBody(req, res)
  const { deletion, dryRun } = parseDeleteOptions(served.scheme, body, info.query)
  warnOfOrphans(served, res, deletion)
  const namespace = served.info.namespaced ? info.namespace : ''
  const query = parseListQuery(info.query)
  const { items, revision } = await store.list(namespace, {
    ...query,
    signal,
    ...(predicate === undefined ? {} : { predicate }),
  })
  const options = writeRequest(served, res, dryRun)
  const deleteOne = async ({ object }: StoredObject): Promise<void> => {
    const { name, namespace: own = '' } = object.metadata
    try {
      await store.delete({ namespace: own, name }, deletion, { ...options, namespace: own })
    } catch (err) {
      // Somebody else was faster.
      if (!isNotFound(err)) throw err
    }
  }
  const queue = items.values()
  const worker = async (): Promise<void> => {
    for (const item of queue) await deleteOne(item)
  }
  await Promise.all(Array.from({ length: parallelDeletes }, worker))
  const meta = { resourceVersion: String(revision) }
  return sendJson(req, res, { status: 200, json: served.representation.list(items, meta) })
}
