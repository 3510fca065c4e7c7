/** Who came back, and then stayed for so long (ms), is as good as who never went. */
export const calmMs = 10 * 60_000

const firstHoldMs = 10_000
const longestHoldMs = 60_000

/** Milliseconds that a member must stay, after so many returns without calm between them, before it is relied on again. Going away once costs nothing. */
export const holdMs = (returns: number): number =>
  returns < 2 ? 0 : Math.min(longestHoldMs, firstHoldMs * 2 ** (returns - 2))

interface Standing {
  readonly isUp: boolean
  readonly since: number
  readonly returns: number
}

/** Tells members that come and go from those that stay. Times are monotonic milliseconds. */
export class FlapGuard {
  readonly #standings = new Map<string, Standing>()

  /** Returns how long it will not be steady, when it has just come back; undefined when nothing has changed. */
  note(name: string, isUp: boolean, now = performance.now()): number | undefined {
    const last = this.#standings.get(name)
    if (last?.isUp === isUp) return undefined
    // Who is seen for the first time has not come back.
    if (last === undefined) this.#standings.set(name, { isUp, since: now, returns: isUp ? 0 : -1 })
    else this.#standings.set(name, { isUp, since: now, returns: returnsAfter(last, isUp, now) })
    return isUp ? holdMs(this.#standings.get(name)?.returns ?? 0) : undefined
  }

  forget(name: string): void {
    this.#standings.delete(name)
  }

  /** False while it has come back too often, too short a time ago. */
  isSteady(name: string, now = performance.now()): boolean {
    const standing = this.#standings.get(name)
    return standing === undefined || now - standing.since >= holdMs(standing.returns)
  }
}

function returnsAfter(last: Standing, isUp: boolean, now: number): number {
  if (isUp) return last.returns + 1
  return now - last.since > calmMs ? 0 : last.returns
}
