/** A run of equal lines: `size` of them from `a` in the first text and from `b` in the second. */
interface Match {
  readonly a: number
  readonly b: number
  readonly size: number
}

interface Range {
  readonly a: readonly [number, number]
  readonly b: readonly [number, number]
}

/** Where the lines stand in the second text; lines that are everywhere in a long text say nothing. */
function placesOf(lines: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  lines.forEach((line, i) => {
    const known = places.get(line)
    if (known === undefined) places.set(line, [i])
    else known.push(i)
  })
  if (lines.length < 200) return places
  const most = Math.floor(lines.length / 100) + 1
  for (const [line, found] of places) if (found.length > most) places.delete(line)
  return places
}

/** Ratcliff and Obershelp's matching, as Python's difflib has it and Go's after it: the longest run first, then left and right of it. */
class Matcher {
  readonly #a: readonly string[]
  readonly #b: readonly string[]
  readonly #places: ReadonlyMap<string, readonly number[]>

  constructor(a: readonly string[], b: readonly string[]) {
    this.#a = a
    this.#b = b
    this.#places = placesOf(b)
  }

  #longest({ a: [aFrom, aTo], b: [bFrom, bTo] }: Range): Match {
    let best: Match = { a: aFrom, b: bFrom, size: 0 }
    let lengths = new Map<number, number>()
    for (let i = aFrom; i < aTo; i++) {
      const next = new Map<number, number>()
      for (const j of this.#places.get(this.#a[i] ?? '') ?? []) {
        if (j < bFrom) continue
        if (j >= bTo) break
        const size = (lengths.get(j - 1) ?? 0) + 1
        next.set(j, size)
        if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size }
      }
      lengths = next
    }
    let { a, b, size } = best
    while (a > aFrom && b > bFrom && this.#a[a - 1] === this.#b[b - 1]) {
      a--
      b--
      size++
    }
    while (a + size < aTo && b + size < bTo && this.#a[a + size] === this.#b[b + size]) size++
    return { a, b, size }
  }

  matches(range: Range): Match[] {
    const found = this.#longest(range)
    if (found.size === 0) return []
    const { a, b, size } = found
    return [
      ...this.matches({ a: [range.a[0], a], b: [range.b[0], b] }),
      found,
      ...this.matches({ a: [a + size, range.a[1]], b: [b + size, range.b[1]] }),
    ]
  }
}

/** What stands between two matches: lines of the first text that went, lines of the second that came. */
function changesOf(a: readonly string[], b: readonly string[]): Range[] {
  const matches = new Matcher(a, b).matches({ a: [0, a.length], b: [0, b.length] })
  const changes: Range[] = []
  let [aAt, bAt] = [0, 0]
  for (const match of [...matches, { a: a.length, b: b.length, size: 0 }]) {
    if (match.a > aAt || match.b > bAt) changes.push({ a: [aAt, match.a], b: [bAt, match.b] })
    aAt = match.a + match.size
    bAt = match.b + match.size
  }
  return changes
}

const context = 3

/** Changes that stand near each other are told together. */
function hunksOf(changes: readonly Range[]): Range[][] {
  const hunks: Range[][] = []
  for (const change of changes) {
    const last = hunks.at(-1)
    const before = last?.at(-1)
    if (last === undefined || before === undefined || change.a[0] - before.a[1] > 2 * context) {
      hunks.push([change])
    } else last.push(change)
  }
  return hunks
}

const place = ([from, to]: readonly [number, number]): string => {
  const length = to - from
  if (length === 1) return String(from + 1)
  return `${length === 0 ? from : from + 1},${length}`
}

/** The difference of two texts in the unified format, with three lines around each change and no names of files. '' when there is none. */
export function unifiedDiff(first: string, second: string): string {
  const a = first.split('\n')
  const b = second.split('\n')
  const out: string[] = []
  for (const hunk of hunksOf(changesOf(a, b))) {
    const [start, end] = [hunk[0], hunk.at(-1)]
    if (start === undefined || end === undefined) continue
    const lead = Math.min(context, start.a[0])
    const trail = Math.min(context, a.length - end.a[1])
    out.push(
      `@@ -${place([start.a[0] - lead, end.a[1] + trail])} +${place([start.b[0] - lead, end.b[1] + trail])} @@`,
    )
    let at = start.a[0] - lead
    for (const change of hunk) {
      out.push(...a.slice(at, change.a[0]).map((line) => ` ${line}`))
      out.push(...a.slice(...change.a).map((line) => `-${line}`))
      out.push(...b.slice(...change.b).map((line) => `+${line}`))
      at = change.a[1]
    }
    out.push(...a.slice(at, at + trail).map((line) => ` ${line}`))
  }
  return out.map((line) => `${line}\n`).join('')
}
