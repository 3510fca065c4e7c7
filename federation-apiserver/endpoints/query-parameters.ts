import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import { isFalse } from './request-info.ts'

/** An int64 as Go's strconv.ParseInt reads it. Throws 400. */
export function parseInt64(text: string): number {
  const problem = (what: string): Error =>
    newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${what}`)
  if (!/^[+-]?\d+$/.test(text)) throw problem('invalid syntax')
  const value = BigInt(text.replace('+', ''))
  if (BigInt.asIntN(64, value) !== value) throw problem('value out of range')
  return Number(value)
}

/** Undefined when nothing is given. */
export function parseBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)
  return text === null ? undefined : !isFalse(text)
}
