const isInteger = (text: string): boolean => /^[+-]?\d+$/.test(text)

/**
 * How many indexes a text such as `1,3-5,7` names: rising, none reaching `completions`. A text when it is no such list: what is wrong, in a
 * Kubernetes server's words. '' names none.
 */
export function countIndexes(list: string, completions: number): number | string {
  if (list === '') return 0
  let total = 0
  let last: number | undefined
  for (const interval of list.split(',')) {
    const limits = interval.split('-')
    if (limits.length > 2) {
      return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`
    }
    let first: number | undefined
    for (const limit of limits) {
      if (!isInteger(limit)) {
        return `cannot convert string to integer for index: ${JSON.stringify(limit)}`
      }
      const index = Number(limit)
      if (index >= completions) return `too large index: ${JSON.stringify(limit)}`
      if (last !== undefined && last >= index) {
        return `non-increasing order, previous: ${last}, current: ${index}`
      }
      total += first === undefined ? 1 : index - first
      first = index
      last = index
    }
  }
  return total
}
