import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { Authenticate } from './authentication/user-info.ts'
import type { Authorizer } from './authorization/attributes.ts'
import { type Http2App, serveHttp2 } from './endpoints/express-http2.ts'
import type { ApiResponse } from './endpoints/exchange.ts'
import { withAuditId } from './endpoints/filters/audit-id.ts'
import { withAuthentication } from './endpoints/filters/authentication.ts'
import { withAuthorization } from './endpoints/filters/authorization.ts'
import { withErrors } from './endpoints/filters/error.ts'
import { withMaxInFlight } from './endpoints/filters/max-in-flight.ts'
import { withRequestInfo } from './endpoints/filters/request-info.ts'
import { withRequestLog } from './endpoints/filters/request-log.ts'
import { withTimeout } from './endpoints/filters/timeout.ts'
import { withoutUnreadBodies } from './endpoints/filters/unread-body.ts'
import { sendNotFoundPage } from './endpoints/respond.ts'

export interface AppParts {
  readonly logger: Logger
  /** Sees every request and what becomes of it. */
  readonly metrics: RequestHandler
  readonly authenticate: Authenticate
  readonly authorizer: Authorizer
  readonly limits: { readonly readOnly: number; readonly mutating: number }
  /** Aborts when the server begins to shut down. */
  readonly draining: AbortSignal
  /** What answers, in this order; each passes on what is not its own. */
  readonly endpoints: readonly RequestHandler[]
  /** Between authentication and authorization: impersonation, audit. */
  readonly hooks?: readonly RequestHandler[]
}

/** Requests that nobody answers. */
const notServed: RequestHandler = (_req, res) => sendNotFoundPage(res as ApiResponse)

/** All of them as one layer: Express matches the path and wraps what it calls for each anew, which is a part of what a small request costs. */
const inSequence =
  (handlers: readonly RequestHandler[]): RequestHandler =>
  (req, res, next) => {
    const step = (at: number): void => {
      const onward = (err?: unknown): void => {
        if (err === undefined) step(at + 1)
        else next(err)
      }
      try {
        const running: unknown = handlers[at]?.(req, res, onward)
        if (running instanceof Promise) running.catch(next)
      } catch (err) {
        next(err)
      }
    }
    step(0)
  }

/** The filters in Kubernetes' order, then the endpoints, then what becomes of errors. */
export function createApp(parts: AppParts): Http2App {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  const filters = [
    withAuditId,
    withoutUnreadBodies,
    withRequestInfo,
    withRequestLog(parts.logger),
    parts.metrics,
    withTimeout(parts.draining),
    withAuthentication(parts.authenticate),
    ...(parts.hooks ?? []),
    withMaxInFlight(parts.limits),
    withAuthorization(parts.authorizer),
  ] as RequestHandler[]
  app.use(inSequence([...filters, ...parts.endpoints, notServed]))
  const handleErrors: ErrorRequestHandler = withErrors(parts.logger)
  app.use(handleErrors)
  return serveHttp2(app)
}
