import type { NextFunction } from 'express'
import type { ApiRequest, ApiResponse } from '../exchange.ts'
import { parseRequestInfo } from '../request-info.ts'

/** Everything behind this filter reads what the request asks for from `res.locals.info`. */
export function withRequestInfo(req: ApiRequest, res: ApiResponse, next: NextFunction): void {
  res.locals.info = parseRequestInfo(req.method, req.originalUrl)
  next()
}
