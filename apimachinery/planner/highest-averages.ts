/** A party to the division. Its next replica has the quotient weight / (2 · (count − base) + 1). */
export interface Share {
  readonly weight: number
  /** Replicas that do not count against it: its minimum. */
  readonly base: number
  /** Never more than this; may be Infinity. */
  readonly limit: number
  count: number
}

const seatsAt = ({ weight }: Share, level: number): number => Math.floor((weight * level + 1) / 2)

const seats = (share: Share): number => 2 * (share.count - share.base) + 1

/** True when a's next replica comes before b's; equal quotients leave it to the order of the parties. */
function isAhead(a: Share, b: Share): boolean {
  const left = a.weight * seats(b)
  const right = b.weight * seats(a)
  if (left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER) return left > right
  return BigInt(a.weight) * BigInt(seats(b)) > BigInt(b.weight) * BigInt(seats(a))
}

/** What a share has when every replica whose quotient is 1/level or more is given out. */
const countAt = (share: Share, level: number): number =>
  Math.min(share.limit, Math.max(share.count, share.base + seatsAt(share, level)))

/**
 * Hands out replicas one by one, each to the largest quotient (Sainte-Laguë), and returns how many nobody could take.
 * Ties go to the party that stands first. The order of hand-out does not depend on how many there are, so that more
 * replicas never take one away. All but the last few are given by arithmetic, so the cost does not grow with them.
 */
export function giveByHighestAverages(shares: readonly Share[], replicas: number): number {
  const open = shares.filter(({ weight, count, limit }) => weight > 0 && count < limit)
  let left = replicas - giveBulk(open, replicas)
  while (left > 0) {
    let best: Share | undefined
    for (const share of open)
      if (share.count < share.limit && (best === undefined || isAhead(share, best))) best = share
    if (best === undefined) return left
    best.count++
    left--
  }
  return 0
}

/** Gives what certainly belongs to each, a little less than its due, and returns how much that was. */
function giveBulk(open: readonly Share[], replicas: number): number {
  const level = highestLevel(open, replicas)
  let given = 0
  for (const share of open) {
    // One less than the level says: rounding in the search must never give a replica that is another's.
    const count = Math.min(
      share.limit,
      Math.max(share.count, share.base + seatsAt(share, level) - 1),
    )
    given += count - share.count
    share.count = count
  }
  return given
}

/** A level at which all together get at most `replicas`, and nearly that. */
function highestLevel(open: readonly Share[], replicas: number): number {
  const needs = (level: number): number =>
    open.reduce((sum, share) => sum + countAt(share, level) - share.count, 0)
  let low = 0
  let high = 1
  while (needs(high) <= replicas) {
    low = high
    high *= 2
    if (high > 2 ** 60) return low
  }
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (needs(middle) <= replicas) low = middle
    else high = middle
  }
  return low
}
