import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { joinLists } from '../list-kinds.ts'

function wholeSum(a: bigint, b: bigint): bigint {
  const sum = a + b
  if (BigInt.asIntN(64, sum) !== sum) throw new Error('integer overflow')
  return sum
}

/** `+` of CEL (cel-spec, "List of Standard Definitions"), of lists as Kubernetes has it. Throws Error for what cannot be added. */
export function addValues(a: unknown, b: unknown): unknown {
  if (Array.isArray(a) && Array.isArray(b)) return joinLists(a, b)
  if (typeof a === 'string' && typeof b === 'string') return a + b
  if (typeof a === 'bigint' && typeof b === 'bigint') return wholeSum(a, b)
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a instanceof UnsignedInt && b instanceof UnsignedInt)
    return new UnsignedInt(a.value + b.value)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Uint8Array.from([...a, ...b])
  if (a instanceof Duration && b instanceof Duration) return a.addDuration(b)
  if (a instanceof Date && b instanceof Duration) return b.extendTimestamp(a)
  if (a instanceof Duration && b instanceof Date) return a.extendTimestamp(b)
  throw new Error('no such overload')
}
