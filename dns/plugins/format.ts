import { emptyAnswer, rcode } from '../zone/answer.ts'
import type { Plugin } from './plugin.ts'

const opcodeQuery = 0
const notImplemented = emptyAnswer(rcode.NOTIMP)
const formatError = emptyAnswer(rcode.FORMERR)
const badVersion = emptyAnswer(rcode.BADVERS)
const notAuthorized = emptyAnswer(rcode.NOTAUTH)

/** NOTIMP comes first: what another opcode makes of the message's body is not ours to judge (RFC 8906 §3.1.4). */
export const format: Plugin = ({ query }) => {
  if (query.opcode !== opcodeQuery) return notImplemented
  if (query.problem !== undefined) return formatError
  if (query.edns !== undefined && query.edns.version !== 0) return badVersion
  // No TSIG keys are configured, so every key is unknown (RFC 8945 §5.2.1).
  return query.signed ? notAuthorized : undefined
}
