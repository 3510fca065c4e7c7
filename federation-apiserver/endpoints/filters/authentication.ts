import type { TLSSocket } from 'node:tls'
import type { NextFunction, RequestHandler } from 'express'
import { after } from '#apimachinery/meta/awaitable.ts'
import type { Authenticate } from '../../authentication/user-info.ts'
import type { ApiRequest, ApiResponse } from '../exchange.ts'

/** The socket of the connection; that of an HTTP/2 session is one object for all its requests. */
function connectionOf(req: ApiRequest): TLSSocket {
  const { stream } = req as unknown as { stream?: { session?: { socket: TLSSocket } } }
  const session = req.httpVersionMajor >= 2 ? stream?.session : undefined
  return session?.socket ?? (req.socket as TLSSocket)
}

/** Finds out who sends a request, and puts it into `res.locals.user`; `authenticate` throws 401 for credentials that nobody knows. */
export const withAuthentication =
  (authenticate: Authenticate): RequestHandler =>
  (req: ApiRequest, res, next: NextFunction) => {
    const { headers } = req
    return after(authenticate({ headers, connection: connectionOf(req) }), (user) => {
      const { locals } = res as ApiResponse
      locals.clientUser = user
      locals.user = user
      // The credentials have done their work; nothing behind this can log them.
      delete req.headers.authorization
      next()
    })
  }
