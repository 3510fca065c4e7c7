import type { ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Express } from 'express'
import { Http2Request, Http2Response } from './http2-exchange.ts'

/** Express' own methods of requests or responses; app.request inherits them from one prototype up. */
function addMethods(prototype: object, methods: object): void {
  for (const source of [Object.getPrototypeOf(methods) as object, methods]) {
    Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(source))
  }
}

/** An Express application, and the classes that a server is to make its requests and responses of HTTP/2 of, as options of that server. */
export interface Http2App {
  readonly app: Express
  readonly classes: {
    readonly Http2ServerRequest: typeof Http2ServerRequest
    readonly Http2ServerResponse: typeof Http2ServerResponse
  }
}

interface Handling {
  handle: (req: { httpVersionMajor: number }, res: ServerResponse, next?: unknown) => void
  request: object
  response: object
}

/** What Go's server says to a request line of HTTP/1.1 that claims another version. */
function refuseVersion(res: ServerResponse): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }
  res.writeHead(505, headers)
  res.end('505 HTTP Version Not Supported: unsupported protocol version')
}

/**
 * Express gives every request and response HTTP/1's prototypes, on which HTTP/2 hangs. This one is told the prototypes by the protocol of each
 * request: `handle` sets them synchronously. Those of HTTP/2 are what they are made with, as an object that gets another prototype is slow
 * ever after.
 */
export function serveHttp2(app: Express): Http2App {
  const http1 = { request: app.request, response: app.response }
  class Request extends Http2Request {}
  class Response extends Http2Response {}
  addMethods(Request.prototype, app.request)
  addMethods(Response.prototype, app.response)
  const switchable = app as unknown as Handling
  const handle = switchable.handle.bind(app)
  switchable.handle = (req, res, next) => {
    const isHttp2 = req instanceof Request
    if (!isHttp2 && req.httpVersionMajor !== 1) return refuseVersion(res)
    switchable.request = isHttp2 ? Request.prototype : http1.request
    switchable.response = isHttp2 ? Response.prototype : http1.response
    // Reached only when the handler of errors has failed itself; Express would send a page of its own.
    handle(req, res, next ?? (() => res.destroy()))
  }
  return {
    app,
    classes: {
      Http2ServerRequest: Request as unknown as typeof Http2ServerRequest,
      Http2ServerResponse: Response as unknown as typeof Http2ServerResponse,
    },
  }
}
