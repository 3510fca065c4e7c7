import type { Query, Question } from '../message.ts'
import type { Answer } from '../zone/answer.ts'
import type { AnswerTable } from '../zone/answer-table.ts'
import type { NameKey } from '../zone/name.ts'

/** What the server knows at the moment of a query. */
export interface ServingState {
  readonly origin: NameKey
  /** Absent until the first data came: from the federation's API or from the snapshot file. */
  readonly table?: AnswerTable
  /** No news for so long that clients should know (Extended DNS Error 3). */
  readonly stale: boolean
  /** No news for longer than the SOA's EXPIRE: as a secondary would, answer no more. */
  readonly expired: boolean
}

export interface PluginContext {
  readonly query: Query
  readonly transport: 'udp' | 'tcp'
  readonly state: ServingState
}

/** Answers a query or leaves it, by undefined, to the next plugin. Synchronous, and never throws. */
export type Plugin = (context: PluginContext) => Answer | undefined

/** A plugin for queries whose question could be read; all behind `format` in the order see only such. */
export const onQuestion =
  (answer: (question: Question, context: PluginContext) => Answer | undefined): Plugin =>
  (context) =>
    context.query.question === undefined ? undefined : answer(context.query.question, context)
