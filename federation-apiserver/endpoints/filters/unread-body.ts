import { constants, type ServerHttp2Stream } from 'node:http2'
import type { NextFunction } from 'express'
import type { ApiRequest, ApiResponse } from '../exchange.ts'

/** Time for a client to read an answer that came before it had sent everything: a connection that is cut at once may lose it. */
const lingerMs = 1000

/** Closes a stream of HTTP/2 that was answered and not read. Nothing of the request is within reach: Node holds on to streams. */
function closeUnread(stream: ServerHttp2Stream): void {
  // The response itself says that it has finished when the stream has closed. Its end is still to be sent.
  stream.once('finish', () => {
    if (stream.readableEnded) return
    setImmediate(() => {
      if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
    })
  })
}

/** The same for HTTP/1.1, whose connection is all that can be closed. */
function cutUnread(req: ApiRequest, res: ApiResponse): void {
  // A request that has been given up forgets it.
  const { socket } = req
  res.once('finish', () => {
    if (req.complete) return
    const timer = setTimeout(() => {
      if (!req.complete) socket.destroy()
    }, lingerMs)
    socket.once('close', () => clearTimeout(timer))
  })
}

/**
 * Who is answered has no more to send: a body that nobody reads is not waited for. On HTTP/2 its stream is ended (RFC 9113 §8.1), on
 * HTTP/1.1 the connection is cut when the body is not over in a second.
 */
export function withoutUnreadBodies(req: ApiRequest, res: ApiResponse, next: NextFunction): void {
  if (req.httpVersionMajor < 2) cutUnread(req, res)
  else {
    const { stream } = req as unknown as { stream: ServerHttp2Stream }
    if (!stream.endAfterHeaders) closeUnread(stream)
  }
  next()
}
