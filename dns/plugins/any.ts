import { findAnswer } from '../zone/answer-table.ts'
import { rrType } from '../zone/rr-set.ts'
import { onQuestion, type Plugin } from './plugin.ts'

/** ANY is answered with one RRset of the name (RFC 8482 §4.1): no amplifier, and legal. */
export const any: Plugin = onQuestion(({ name, type }, { state }) => {
  if (type !== rrType.ANY || state.table === undefined) return undefined
  const [first] = state.table.zone.nodes.get(name)?.rrsets.keys() ?? []
  return first === undefined ? undefined : findAnswer(state.table, name, first)
})
