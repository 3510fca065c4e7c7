import { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Express } from 'express'

/**
 * Express gives every request and response HTTP/1's prototypes, on which HTTP/2 hangs. This combines express' own methods with
 * the prototypes of HTTP/2, and switches between the two by the protocol of each request: `handle` sets prototypes synchronously.
 */
export function serveHttp2(app: Express): Express {
  const combine = (base: object, methods: object): object => {
    const prototype: object = Object.create(base)
    // app.request inherits express' methods from one prototype up; both are copied.
    for (const source of [Object.getPrototypeOf(methods) as object, methods]) {
      Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(source))
    }
    return prototype
  }
  const http1 = { request: app.request, response: app.response }
  const http2 = {
    request: combine(Http2ServerRequest.prototype, app.request),
    response: combine(Http2ServerResponse.prototype, app.response),
  }
  const switchable = app as unknown as {
    handle: (req: { httpVersionMajor: number }, res: unknown, next: unknown) => void
    request: object
    response: object
  }
  const handle = switchable.handle.bind(app)
  switchable.handle = (req, res, next) => {
    const prototypes = req.httpVersionMajor >= 2 ? http2 : http1
    switchable.request = prototypes.request
    switchable.response = prototypes.response
    handle(req, res, next)
  }
  return app
}
