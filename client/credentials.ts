/** How a client proves who it is, and how it knows the server. PEM text or bytes; absent parts are not used. */
export interface Credentials {
  /** Trust these certificates instead of the system's. */
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** A bearer token, or where to take it from at each call. */
  readonly token?: string | (() => string | Promise<string>)
  /** Name expected in the server's certificate when it is not the host of its URL. */
  readonly serverName?: string
  /** Do not verify the server at all. */
  readonly insecure?: boolean
  readonly impersonate?: Impersonation
}

/** Whom to act as; the server asks whether we may. */
export interface Impersonation {
  readonly user: string
  readonly uid?: string
  readonly groups?: readonly string[]
}
