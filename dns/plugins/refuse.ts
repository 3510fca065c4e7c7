import { classIn } from '../message.ts'
import { emptyAnswer, rcode } from '../zone/answer.ts'
import { rrType } from '../zone/rr-set.ts'
import { onQuestion, type Plugin } from './plugin.ts'

const refused = emptyAnswer(rcode.REFUSED)
/** Extended DNS Error 20 "Not Authoritative". */
const notAuthoritative = emptyAnswer(rcode.REFUSED, { extendedError: 20 })

/** Other classes (`version.bind` too) and zone transfers, which nobody is allowed. */
export const refuseUnserved: Plugin = onQuestion((question) => {
  const { type } = question
  const unserved =
    question.class !== classIn ||
    type === rrType.AXFR ||
    type === rrType.IXFR ||
    type === rrType.OPT ||
    type === rrType.TSIG
  return unserved ? refused : undefined
})

/** The end of the order: a name of some other zone. No referral upwards. */
export const refuseOutOfZone: Plugin = () => notAuthoritative
