import type { OperatorNode } from './ast.ts'
import type { CallCost } from './call-cost.ts'
import type { Overload } from './declarations.ts'
import { addSizes, perCharacter, scale, type Size, unknownSize } from './sizes.ts'
import type { CelType } from './types.ts'

/** What is known of the operands. */
interface Operands {
  readonly sizes: readonly Size[]
  readonly types: readonly CelType[]
  readonly overloads: readonly Overload[]
}

const isLong = ({ kind }: CelType): boolean => kind === 'string' || kind === 'bytes'

/** What an operator costs beside its operands; the dearest of the ways that fit, when types are known at run time only. */
export function operatorCost(
  { op }: OperatorNode,
  { sizes, types, overloads }: Operands,
): CallCost {
  const smallest = Math.min(...sizes.map(({ max }) => max))
  const firsts = overloads.flatMap(({ args }) => args.slice(0, 1))
  const other = firsts.some((type) => !isLong(type)) ? 1 : 0
  const ofLong = (size: number): number => (firsts.some(isLong) ? scale(size, perCharacter) : 0)
  if (op === '==' || op === '!=') {
    const isNamed = op === '==' && types.every(({ kind }) => kind === 'opaque')
    return { cost: isNamed ? 1 : scale(smallest, perCharacter) }
  }
  if (op === '<' || op === '<=' || op === '>' || op === '>=') {
    return { cost: Math.max(other, ofLong(smallest)) }
  }
  if (op === '+') {
    const made = addSizes(sizes[0] ?? unknownSize, sizes[1] ?? unknownSize)
    const hasSize = firsts.some((type) => isLong(type) || type.kind === 'list')
    return { cost: Math.max(other, ofLong(made.max)), ...(hasSize ? { size: made } : {}) }
  }
  if (op !== 'in') return { cost: 1 }
  const isList = overloads.some(({ args }) => args[1]?.kind === 'list')
  return { cost: isList ? Math.max(1, sizes[1]?.max ?? 0) : 1 }
}
