import type { ASTNode } from '@marcbachmann/cel-js'

export const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value

/** A unary or binary operator whose operands are evaluated whatever they are. */
export type OperatorNode = Extract<ASTNode, { op: OperatorName }>
type OperatorName =
  '==' | '!=' | 'in' | '+' | '-' | '*' | '/' | '%' | '<' | '<=' | '>' | '>=' | '!_' | '-_'

const operators: ReadonlySet<string> = new Set<OperatorName>([
  ...(['==', '!=', 'in', '+', '-', '*', '/', '%', '<', '<=', '>', '>='] as const),
  ...(['!_', '-_'] as const),
])

export const isOperator = (node: ASTNode): node is OperatorNode => operators.has(node.op)

export const operandsOf = ({ args }: OperatorNode): readonly ASTNode[] =>
  isNode(args) ? [args] : args

/** The nodes directly below one. */
export function childrenOf(value: unknown): readonly ASTNode[] {
  if (isNode(value)) return childrenOf(value.args)
  if (!Array.isArray(value)) return []
  return value.flatMap((one: unknown) => (isNode(one) ? [one] : childrenOf(one)))
}

type LoopName =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'map'
  | 'filter'
  | 'sortBy'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'

/** A macro over a list or a map (cel-spec, "Macros"; ext.TwoVarComprehensions and ext.Lists of cel-go). */
export interface Loop {
  readonly name: LoopName
  readonly range: ASTNode
  /** One: an item of a list, a key of a map. Two: index and item, key and value. */
  readonly variables: readonly string[]
  /** What must be true for the body to count. */
  readonly filter: ASTNode | undefined
  readonly body: ASTNode
}

/** How many arguments each takes; the first ones are variables. */
const loops: Readonly<Record<string, { name: LoopName; one: number[]; two: number[] }>> = {
  all: { name: 'all', one: [2], two: [3] },
  exists: { name: 'exists', one: [2], two: [3] },
  exists_one: { name: 'existsOne', one: [2], two: [3] },
  existsOne: { name: 'existsOne', one: [], two: [3] },
  map: { name: 'map', one: [2, 3], two: [] },
  filter: { name: 'filter', one: [2], two: [] },
  sortBy: { name: 'sortBy', one: [2], two: [] },
  transformList: { name: 'transformList', one: [], two: [3, 4] },
  transformMap: { name: 'transformMap', one: [], two: [3, 4] },
  transformMapEntry: { name: 'transformMapEntry', one: [], two: [3, 4] },
}

/** Reads a call as a loop; undefined when it is none. Throws Error for a variable that is no name. */
export function loopOf(node: ASTNode): Loop | undefined {
  if (node.op !== 'rcall') return undefined
  const [method, range, args] = node.args
  const macro = Object.hasOwn(loops, method) ? loops[method] : undefined
  const count = macro?.one.includes(args.length) ? 1 : macro?.two.includes(args.length) ? 2 : 0
  const body = args.at(-1)
  if (macro === undefined || count === 0 || body === undefined) return undefined
  const variables = args.slice(0, count).map(nameOf)
  const filter = args.length > count + 1 ? args[count] : undefined
  return { name: macro.name, range, variables, filter, body }
}

/** `x.optMap(v, body)` and `x.optFlatMap(v, body)`. */
export interface OptionalMap {
  readonly name: 'optMap' | 'optFlatMap'
  readonly target: ASTNode
  readonly variable: string
  readonly body: ASTNode
}

export function optionalMapOf(node: ASTNode): OptionalMap | undefined {
  if (node.op !== 'rcall') return undefined
  const [name, target, [variable, body]] = node.args
  if (name !== 'optMap' && name !== 'optFlatMap') return undefined
  if (variable === undefined || body === undefined) return undefined
  return { name, target, variable: nameOf(variable), body }
}

function nameOf(node: ASTNode): string {
  if (node.op !== 'id') throw new Error('argument must be a simple name')
  return node.args
}

/** What has(…) asks for. */
export const presenceOf = (node: ASTNode): ASTNode | undefined =>
  node.op === 'call' && node.args[0] === 'has' ? node.args[1][0] : undefined
