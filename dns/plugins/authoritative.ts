import { findAnswer } from '../zone/answer-table.ts'
import { onQuestion, type Plugin } from './plugin.ts'

/** Extended DNS Error 3 "Stale Answer" (RFC 8914). */
const staleAnswer = 3

/** The zone's compiled answers. */
export const authoritative: Plugin = onQuestion(({ name, type }, { state }) => {
  if (state.table === undefined) return undefined
  const answer = findAnswer(state.table, name, type)
  return answer !== undefined && state.stale ? { ...answer, extendedError: staleAnswer } : answer
})
