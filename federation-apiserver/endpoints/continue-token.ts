import { newBadRequest } from '#apimachinery/errors/status-error.ts'

const version = 'meta.k8s.io/v1'

export interface ContinueToken {
  /** Revision of the first page; -1 means "whatever is newest" (after the history was lost). */
  readonly revision: number
  /** Keys strictly greater than this one, relative to the collection's prefix. */
  readonly after: string
}

/** The original's own form, so that it says the same to whoever looks into it: `start` is the key behind the last one sent. */
export const encodeContinue = (token: ContinueToken): string =>
  Buffer.from(
    JSON.stringify({ v: version, rv: token.revision, start: `${token.after}\u0000` }),
  ).toString('base64url')

/** Throws 400 for what this server did not make. */
export function decodeContinue(text: string): ContinueToken {
  let token: { v?: unknown; rv?: unknown; start?: unknown } | null
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch (err) {
    throw newBadRequest('invalid continue token: continue key is not valid', { cause: err })
  }
  if (token?.v !== version || typeof token.rv !== 'number' || typeof token.start !== 'string') {
    throw newBadRequest(
      'invalid continue token: continue key is not valid: server does not recognize this encoded version',
    )
  }
  if (!Number.isSafeInteger(token.rv) || token.rv === 0) {
    throw newBadRequest(
      'invalid continue token: continue key is not valid: incorrect encoded start resourceVersion',
    )
  }
  const start = token.start
  if (start === '' || start.includes('..')) {
    throw newBadRequest(
      'invalid continue token: continue key is not valid: incorrect encoded start',
    )
  }
  return { revision: token.rv, after: start.endsWith('\u0000') ? start.slice(0, -1) : start }
}
