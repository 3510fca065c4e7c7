import type { NextFunction } from 'express'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { hasBadEscape, parseRequestInfo } from '../request-info.ts'

/** Everything behind this filter reads what the request asks for from `res.locals.info`. */
export function withRequestInfo(req: ApiRequest, res: ApiResponse, next: NextFunction): void {
  if (hasBadEscape(req.originalUrl)) {
    res.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' })
    res.end('400 Bad Request')
    return
  }
  res.locals.info = parseRequestInfo(req.method, req.originalUrl)
  next()
}
