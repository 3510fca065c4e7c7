import type { ApiClient } from '#client/api-client.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'

/** The same client, whose calls go through the breaker. Watches do not: a stream that is silent says nothing. */
export function guardedClient(client: ApiClient, breaker: CircuitBreaker): ApiClient {
  return {
    server: client.server,
    get: (...args) => breaker.call(() => client.get(...args)),
    list: (...args) => breaker.call(() => client.list(...args)),
    create: (...args) => breaker.call(() => client.create(...args)),
    update: (...args) => breaker.call(() => client.update(...args)),
    patch: (...args) => breaker.call(() => client.patch(...args)),
    delete: (...args) => breaker.call(() => client.delete(...args)),
    watch: (...args) => client.watch(...args),
    raw: (...args) => breaker.call(() => client.raw(...args)),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
