/** Letters to add, drop or change to make one word of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Names that a word may have been meant for, in the order given: one or two letters of it are wrong, and not half of it. */
export function similarNames(word: string, names: readonly string[]): string[] {
  const most = Math.min(2, Math.floor(word.length / 2))
  return names.filter(
    (name) => Math.abs(name.length - word.length) <= most && distance(name, word) <= most,
  )
}

/** `a, b or c` */
export const oneOf = (names: readonly string[]): string =>
  [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' or ')

const mostListed = 5

/** The first few, and how many more. */
export const listed = (items: readonly string[], separator = ', '): string =>
  items.length <= mostListed
    ? items.join(separator)
    : `${items.slice(0, mostListed).join(separator)} and ${items.length - mostListed} more`
