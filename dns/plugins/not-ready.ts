import { emptyAnswer, rcode } from '../zone/answer.ts'
import { isWithin } from '../zone/name.ts'
import { onQuestion, type Plugin } from './plugin.ts'

/** Extended DNS Errors 14 "Not Ready" and 22 "No Reachable Authority" (RFC 8914). */
const notReadyAnswer = emptyAnswer(rcode.SERVFAIL, { extendedError: 14 })
const expiredAnswer = emptyAnswer(rcode.SERVFAIL, { extendedError: 22 })

/** Without data, or with data older than the zone's EXPIRE: SERVFAIL, never NXDOMAIN, which resolvers would keep. */
export const notReady: Plugin = onQuestion(({ name }, { state }) => {
  if (state.table !== undefined && !state.expired) return undefined
  if (!isWithin(name, state.origin)) return undefined
  return state.table === undefined ? notReadyAnswer : expiredAnswer
})
