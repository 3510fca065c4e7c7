import { newExpired, newInternalError, StatusError } from '#apimachinery/errors/status-error.ts'
import { statusOf } from '../../registry/status-of.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { parseWatchQuery, type WatchQuery } from '../list-options.ts'
import { negotiate } from '../negotiation.ts'
import { parsePredicate, type Predicate } from '../predicate.ts'
import { commonHeaders } from '../respond.ts'
import type { ServedResource } from '../served-resource.ts'
import { createFrameMaker, type FrameMaker, framingOf } from '../watch-frames.ts'
import { PacedResponse } from '../paced-response.ts'

interface Watch {
  readonly served: ServedResource
  readonly namespace: string
  readonly query: WatchQuery
  readonly predicate: Predicate | undefined
  readonly frames: FrameMaker
  readonly stream: PacedResponse
  readonly onEvent: ((octets: number) => void) | undefined
  readonly signal: AbortSignal
}

/** Initial states are written in pieces of this many objects. */
const initialBatch = 500

/** Sends the state that the watch begins with; returns the revision to go on from, or undefined when the watch is over. */
async function sendState(
  watch: Watch,
  start: Extract<WatchQuery['start'], { state: unknown }>,
): Promise<number | undefined> {
  const { predicate, frames, stream, signal } = watch
  const { items, revision } = await watch.served.store.list(watch.namespace, {
    freshness: start.state,
    signal,
    ...(predicate === undefined ? {} : { predicate }),
  })
  for (let i = 0; i < items.length; i += initialBatch) {
    const batch = items.slice(i, i + initialBatch).map((stored) => frames.initial(stored))
    if (!(await stream.write(batch))) return undefined
    for (const frame of batch) watch.onEvent?.(frame.length)
  }
  if (!start.bookmark) return revision
  return (await stream.write([frames.bookmark(revision, { initialEventsEnd: true })]))
    ? revision
    : undefined
}

/** The revision behind which events are to be sent; undefined when the watch is over. */
async function begin(watch: Watch): Promise<number | undefined> {
  const { start } = watch.query
  if ('state' in start) return sendState(watch, start)
  if (start.after !== 'latest') return start.after
  return watch.served.store.currentRevision(watch.signal)
}

function sendEvents(watch: Watch, after: number): Promise<void> {
  const { served, namespace, frames, stream, signal, query } = watch
  const options = { signal, bookmarks: query.bookmarks }
  return served.store.follow(namespace, after, options, (events) => {
    const batch: Buffer[] = []
    for (const event of events) {
      const frame =
        event.type === 'BOOKMARK' ? frames.bookmark(event.revision) : frames.event(event)
      if (frame === undefined) continue
      batch.push(frame)
      watch.onEvent?.(frame.length)
    }
    return stream.write(batch)
  })
}

/** What a client is told when its watch cannot go on; it lists again after 410. */
function watchError(err: unknown, after: number | undefined): StatusError {
  const status = statusOf(err, { group: '', resource: '', name: '' })
  if (!(status instanceof StatusError)) return newInternalError('the watch failed')
  if (status.reason !== 'Expired') return status
  return newExpired(`too old resource version: ${after ?? 0}`)
}

/** GET with watch=true: one JSON line an event, until the client leaves, the time is up or history is lost. */
export async function watchObjects(
  served: ServedResource,
  req: ApiRequest,
  res: ApiResponse,
): Promise<void> {
  const { info, signal: requestSignal } = res.locals
  const media = negotiate(req.headers.accept, 'watch')
  const framing = framingOf(req.headers.accept, media, served.info)
  const predicate = parsePredicate(served, info)
  const query = parseWatchQuery(info.query)
  // AbortSignal.any would be asked anew by every watcher for every event.
  const over = new AbortController()
  const end = (): void => over.abort()
  const timeout = setTimeout(end, query.timeoutMs)
  requestSignal.addEventListener('abort', end)
  if (requestSignal.aborted) end()
  const { signal } = over
  const watch: Watch = {
    served,
    namespace: served.info.namespaced ? info.namespace : '',
    query,
    predicate,
    frames: createFrameMaker(served, { media, framing, query: info.query, predicate }),
    stream: new PacedResponse(res, signal),
    onEvent: res.locals.onEvent,
    signal,
  }
  res.writeHead(200, { ...commonHeaders(res), 'content-type': framing.contentType })
  // Clients wait for the headers before they believe that they watch.
  res.flushHeaders()
  let after: number | undefined
  try {
    after = await begin(watch)
    if (after !== undefined) await sendEvents(watch, after)
  } catch (err) {
    // Says in the stream why it ends.
    const { status } = watchError(err, after)
    if (!signal.aborted) await watch.stream.write([framing.frame('ERROR', status)])
  } finally {
    clearTimeout(timeout)
    res.end()
  }
}
