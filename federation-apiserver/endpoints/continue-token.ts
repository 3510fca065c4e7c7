import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import { explainJsonSyntax } from '#apimachinery/scheme/json-syntax.ts'

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

const notValid = (why: string, options?: ErrorOptions): Error =>
  newBadRequest(`invalid continue token: continue key is not valid: ${why}`, options)

function parseToken(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const illegal =
    /[^A-Za-z0-9_-]/.exec(text)?.index ?? (text.length % 4 === 1 ? text.length - 1 : -1)
  if (illegal >= 0) throw notValid(`illegal base64 data at input byte ${illegal}`)
  const json = Buffer.from(text, 'base64url').toString('latin1')
  try {
    return { ...(JSON.parse(json) as object) }
  } catch (err) {
    throw notValid(explainJsonSyntax(json), { cause: err })
  }
}

/** Throws 400 for what this server did not make. */
export function decodeContinue(text: string): ContinueToken {
  const { v, rv, start } = parseToken(text)
  if (v !== version) {
    throw notValid(
      `server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`,
    )
  }
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    throw notValid('incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  }
  if (typeof start !== 'string' || start === '') {
    throw notValid('encoded start key empty (version meta.k8s.io/v1)')
  }
  if (start.includes('..')) throw notValid(start)
  return { revision: rv, after: start.endsWith('\u0000') ? start.slice(0, -1) : start }
}
