import { randomUUID } from 'node:crypto'
import type { NextFunction } from 'express'
import { type ApiRequest, type ApiResponse, ExchangeLocals } from '../exchange.ts'

/** The locals, with the id under which a request is found in the logs: the client's own Audit-ID, or a new one. First of the filters. */
export function withAuditId(req: ApiRequest, res: ApiResponse, next: NextFunction): void {
  const given = req.headers['audit-id']
  const id = typeof given === 'string' && given !== '' && given.length <= 64 ? given : randomUUID()
  const locals = new ExchangeLocals(id)
  res.locals = locals as ApiResponse['locals']
  res.once('close', () => locals.end())
  next()
}
