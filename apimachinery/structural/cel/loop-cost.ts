import type { Loop } from './ast.ts'
import { add, listCreation, mapCreation } from './sizes.ts'

/** What the expansion of a macro costs before the first round, in each, and after the last. */
interface LoopCosts {
  readonly start: number
  readonly step: number
  readonly end: number
}

/** An item is appended with `result + [item]`. */
const appending = (item: number): LoopCosts => ({
  start: listCreation,
  step: add(2, listCreation, item),
  end: 1,
})

const inserting =
  (names: number) =>
  (entry: number): LoopCosts => ({ start: mapCreation, step: add(1, names, entry), end: 1 })

/** By the cost of the body (parser.MakeAll and the others of cel-go). */
export const loopCosts: Readonly<Record<Loop['name'], (body: number) => LoopCosts>> = {
  all: (body) => ({ start: 0, step: add(3, body), end: 1 }),
  exists: (body) => ({ start: 0, step: add(4, body), end: 1 }),
  existsOne: (body) => ({ start: 0, step: add(2, body), end: 2 }),
  map: appending,
  sortBy: appending,
  transformList: appending,
  filter: (body) => ({ start: listCreation, step: add(body, 3, listCreation), end: 1 }),
  transformMap: inserting(2),
  transformMapEntry: inserting(1),
}
