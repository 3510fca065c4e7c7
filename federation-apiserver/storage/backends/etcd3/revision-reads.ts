/**
 * Shares one linearizable read between callers. A read under way cannot be joined: it may have been answered before the caller's last
 * write was acknowledged. So at most one is under way and everybody who comes meanwhile waits for the next.
 */
export class RevisionReads {
  readonly #read: () => Promise<number>
  #current: Promise<number> | undefined
  #next: Promise<number> | undefined

  constructor(read: () => Promise<number>) {
    this.#read = read
  }

  get(): Promise<number> {
    if (this.#current === undefined) return this.#start()
    this.#next ??= this.#current.then(
      () => this.#follow(),
      () => this.#follow(),
    )
    return this.#next
  }

  #follow(): Promise<number> {
    this.#next = undefined
    return this.#start()
  }

  #start(): Promise<number> {
    const read = this.#read().finally(() => {
      if (this.#current === read) this.#current = undefined
    })
    this.#current = read
    return read
  }
}
