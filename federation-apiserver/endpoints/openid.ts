import type { KeyObject } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { ApiRequest, ApiResponse } from './exchange.ts'
import { mustAccept } from './negotiation.ts'
import { commonHeaders } from './respond.ts'

export interface OpenidOptions {
  /** `iss` of the ServiceAccount tokens. */
  readonly issuer: string
  /** Checks their signatures: P-256. */
  readonly key: { readonly publicKey: KeyObject; readonly keyId: string }
}

const jwkSet = 'application/jwk-set+json'

/**
 * Documents with which others can check ServiceAccount tokens (OpenID Connect Discovery 1.0 §4, RFC 7517):
 * /.well-known/openid-configuration and /openid/v1/jwks.
 */
export function openidEndpoints({ issuer, key }: OpenidOptions): RequestHandler {
  const jwk = key.publicKey.export({ format: 'jwk' })
  const keys = [{ use: 'sig', kid: key.keyId, alg: 'ES256', ...jwk }]
  const configuration = (host: string): object => ({
    issuer,
    jwks_uri: `https://${host}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  })
  const send = (res: ApiResponse, type: string, document: object): void => {
    const body = Buffer.from(JSON.stringify(document))
    res.writeHead(200, {
      ...commonHeaders(res),
      'cache-control': 'public, max-age=3600',
      'content-type': type,
      'content-length': String(body.length),
    })
    res.end(res.req.method === 'HEAD' ? undefined : body)
  }
  return (req: ApiRequest, response, next) => {
    const res = response as ApiResponse
    if (req.method !== 'GET' && req.method !== 'HEAD') return next()
    const path = req.path.replace(/\/$/, '')
    if (path === '/openid/v1/jwks') {
      mustAccept(req.headers.accept, [jwkSet])
      return send(res, jwkSet, { keys })
    }
    if (path !== '/.well-known/openid-configuration') return next()
    const host = req.headers.host ?? String(req.headers[':authority'] ?? '')
    return send(res, 'application/json', configuration(host))
  }
}
