import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Side } from './sides.ts'

/** One request as it goes to both servers. `{ns}` in strings is the case's own name, which is also its namespace. */
export interface Request {
  /** What the step is called in reports; its method and path when absent. */
  readonly title?: string
  /** GET when absent. */
  readonly method?: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[]>>
  /** A list is sent as so many lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** True: without the administrator's client certificate. */
  readonly anonymous?: true
  /** Strings and bytes go as they are; anything else as JSON, with that Content-Type unless `headers` has another. */
  readonly body?: unknown
  /** Sent again, for some seconds, until it is answered so: what a server does in its own time. The last answer counts. */
  readonly until?: (answer: Answer) => boolean
  /** A watch that is left after so many events; otherwise it lasts until the server ends it. */
  readonly events?: number
}

/** What a server answered. `body` is parsed: JSON and YAML as values, a watch as the list of its events, the rest as text. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: unknown
}

/** An answer's body as an object; empty when it was none, so that a request can still be made of it. */
export const objectOf = (answer: Answer | undefined): ApiObject => {
  const none = { apiVersion: '', kind: '', metadata: { name: '' } }
  return { ...none, ...(answer?.body as Partial<ApiObject> | undefined) }
}

/** A request, or one that is made of the same server's earlier answers (resourceVersions, uids, continue tokens). */
export type Step = Request | ((earlier: readonly Answer[]) => Request)

/** Requests in order; each is one compared pair. Cases run beside each other, each with a namespace of its own. */
export interface Case {
  readonly name: string
  readonly steps: readonly Step[]
  /** False: needs no namespace; `{ns}` is still a name of its own. */
  readonly namespace?: false
}

/** A pair that an area got in its own way (a command's output, an object after a history). Any values that JSON can hold. */
export interface OwnPair {
  readonly step: string
  readonly real: unknown
  readonly ours: unknown
}

/** What an area that is more than requests works with. */
export interface Bench {
  readonly real: Side
  readonly ours: Side
  /** Empty, its own, removed afterwards. */
  readonly folder: string
  /** True when the command line asks for this case. */
  readonly wants: (caseName: string) => boolean
  /** Hands in all pairs of one case; they are normalised together, so that uids and resourceVersions correspond. */
  readonly report: (caseName: string, pairs: readonly OwnPair[]) => void
}

/** A part of the corpus, with a row of the table and a floor of its own. */
export interface Area {
  readonly name: string
  /** True: on both sides the controllers that make an API server whole run too (namespaces, garbage, ServiceAccounts …). */
  readonly controllers?: true
  /** Gets what the area needs besides the two servers; when it rejects, the area is skipped for that reason. */
  readonly needs?: () => Promise<void>
  readonly cases?: () => readonly Case[]
  readonly run?: (bench: Bench) => Promise<void>
}
