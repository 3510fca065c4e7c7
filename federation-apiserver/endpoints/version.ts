import type { RequestHandler } from 'express'
import { newMethodNotAllowed } from '#apimachinery/errors/status-error.ts'
import type { ApiResponse } from './exchange.ts'
import { mustAccept } from './negotiation.ts'
import { sendObject } from './respond.ts'

/** What the build puts in; undefined when the sources run as they are, and then Kubernetes' own values of an unbuilt program are told. */
declare const BUILD_INFO: { gitCommit: string; gitTreeState: string; buildDate: string } | undefined

const buildInfo =
  typeof BUILD_INFO === 'undefined'
    ? { gitCommit: '', gitTreeState: '', buildDate: '1970-01-01T00:00:00Z' }
    : BUILD_INFO

/** What /version answers (version.Info): the Kubernetes API that is served, with the federation's own version as build metadata. */
export const versionInfo = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3+federation-0.1.0',
  ...buildInfo,
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
} as const

export const versionEndpoint: RequestHandler = (req, res, next) => {
  if (req.path !== '/version' && req.path !== '/version/') return next()
  if (req.method !== 'GET') throw newMethodNotAllowed()
  mustAccept(req.headers.accept, ['application/json'])
  return sendObject(req, res as ApiResponse, { status: 200, object: versionInfo })
}
