import type { Request, Response } from 'express'
import type { UserInfo } from '../authentication/user-info.ts'
import type { RequestInfo } from './request-info.ts'

/** What the filters learn about a request, in the order in which they learn it; lives in `res.locals`. */
export class ExchangeLocals {
  readonly auditID: string
  /** Texts for Warning headers, in order and without duplicates. */
  readonly warnings = new Set<string>()
  info!: RequestInfo
  user!: UserInfo
  /** Who sent the request, when `user` may be somebody else whom they impersonate. */
  clientUser!: UserInfo
  /** What went wrong that must not, for the log; the client is told no more than 500. */
  failure: unknown
  /** Why the answer is 5xx, as the client is told. */
  reason: string | undefined
  /** Octets of the answer's body, where that is known. */
  sentOctets: number | undefined
  /** Of a watch: counts an event of so many octets. */
  onEvent: ((octets: number) => void) | undefined
  /** Made for who asks for its signal: most requests are over before. */
  #controller: AbortController | undefined
  #aborted = false
  readonly #ends: (() => void)[] = []
  #ended = false

  constructor(auditID: string) {
    this.auditID = auditID
  }

  /** Aborts when the client goes away, the time is up or the server shuts down. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort()
    }
    return this.#controller.signal
  }

  /** Calls back when the answer has been sent, or the client has gone; one listener on a stream costs more than all these. */
  atEnd(callback: () => void): void {
    if (this.#ended) callback()
    else this.#ends.push(callback)
  }

  end(): void {
    this.#ended = true
    for (const callback of this.#ends) callback()
    // Node holds on to streams for longer than V8's young generation lives, and with them to what they lead to.
    this.#ends.length = 0
  }

  abort(): void {
    this.#aborted = true
    this.#controller?.abort()
  }
}

export type ApiRequest = Request
export type ApiResponse = Response<unknown, ExchangeLocals & Record<string, unknown>>
