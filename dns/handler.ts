import { maxQueryOctets, parseQuery, type Query } from './message.ts'
import type { Metrics } from './metrics.ts'
import { plugins } from './plugins.ts'
import type { PluginContext, ServingState } from './plugins/plugin.ts'
import { writeReply } from './reply.ts'
import { type Answer, emptyAnswer, rcode } from './zone/answer.ts'

/** Makes the reply to one message; undefined: say nothing. Synchronous, and never throws, whatever the octets. */
export type Handler = (bytes: Buffer, transport: 'udp' | 'tcp') => Buffer | undefined

const serverFailure = emptyAnswer(rcode.SERVFAIL)

function decide(context: PluginContext): Answer {
  for (const plugin of plugins) {
    const answer = plugin(context)
    if (answer !== undefined) return answer
  }
  return serverFailure
}

export interface HandlerDeps {
  /** The state of this moment; called once a query. */
  readonly state: () => ServingState
  readonly metrics: Metrics
  /** Told of a defect of ours: the query gets SERVFAIL. */
  readonly onDefect: (error: unknown) => void
}

export function createHandler({ state, metrics, onDefect }: HandlerDeps): Handler {
  let turn = 0
  const answer = (query: Query, transport: 'udp' | 'tcp'): Buffer => {
    const now = state()
    const found = decide({ query, transport, state: now })
    const negative = now.table && { origin: now.origin, soa: now.table.soa }
    const options = { transport, turn: turn++ }
    metrics.countReply(found.rcode)
    return writeReply(query, found, negative ? { ...options, negative } : options)
  }
  return (bytes, transport) => {
    metrics.countQuery(transport)
    const query = bytes.length > maxQueryOctets ? undefined : parseQuery(bytes)
    if (query === undefined) {
      metrics.countDropped()
      return undefined
    }
    try {
      return answer(query, transport)
    } catch (error) {
      onDefect(error)
      return writeReply(query, serverFailure, { transport, turn: 0 })
    }
  }
}
