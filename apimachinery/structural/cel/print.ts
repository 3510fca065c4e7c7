import type { ASTNode } from '@marcbachmann/cel-js'
import { UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { isOperator, type OperatorNode, presenceOf } from './ast.ts'

/**
 * Methods that the library has in another way than CEL, and lets nobody replace: patterns are not RE2, characters are halves of them, and of lists whose items it does not know it
 * takes the first type that it finds for the result's.
 */
const ownMethods: ReadonlySet<string> = new Set([
  ...['matches', 'substring'],
  ...['min', 'max', 'sum', 'sort'],
])

/** A name that rules cannot use: the checker knows none with two underscores in front. */
export const ownName = (name: string): string => `__${name}`

/** Chains of these are printed flat: parentheses would make them deep. */
const chains: ReadonlySet<string> = new Set(['&&', '||', '+', '*'])

/**
 * An expression as the library can evaluate it: has() of anything, which it takes of fields of variables only (`has(x[0].a)` becomes `x[0].?a.hasValue()`), and our
 * own equality and methods in place of its.
 */
export function printForLibrary(node: ASTNode): string {
  if (isOperator(node)) return operator(node)
  switch (node.op) {
    case 'value':
      return literal(node.args)
    case 'id':
      return node.args
    case '.':
    case '.?':
      return `${operand(node.args[0])}${node.op}${node.args[1]}`
    case '[]':
    case '[?]':
      return `${operand(node.args[0])}${node.op.slice(0, -1)}${printForLibrary(node.args[1])}]`
    case 'list':
      return `[${joined(node.args)}]`
    case 'map':
      return `{${node.args.map(([key, value]) => `${printForLibrary(key)}: ${printForLibrary(value)}`).join(', ')}}`
    case '?:': {
      const [condition, ...branches] = node.args
      return `${operand(condition)} ? ${branches.map(operand).join(' : ')}`
    }
    case 'call':
      return call(node)
    case 'rcall': {
      const [name, receiver, args] = node.args
      const called = ownMethods.has(name) ? ownName(name) : name
      return `${operand(receiver)}.${called}(${joined(args)})`
    }
    case '&&':
    case '||':
      return infix(node.op, node.args)
  }
}

function operator(node: OperatorNode): string {
  if (node.op === '!_' || node.op === '-_') return prefix(node.op, node.args)
  if (node.op === '+') return sum(node)
  if (node.op !== '==' && node.op !== '!=') return infix(node.op, node.args)
  const equal = `${ownName('equal')}(${joined(node.args)})`
  return node.op === '==' ? equal : `!${equal}`
}

/** Two literals, or what stands beside one that is no list, are no lists. */
function sum({ args }: OperatorNode & { op: '+' }): string {
  return args.some(({ op }) => op === 'value')
    ? infix('+', args)
    : `${ownName('add')}(${joined(args)})`
}

const joined = (nodes: readonly ASTNode[]): string => nodes.map(printForLibrary).join(', ')

/** The smallest integer is none without its sign. */
const prefix = (op: string, of: ASTNode): string =>
  op.charAt(0) + (of.op === 'value' ? printForLibrary(of) : operand(of))

function infix(op: string, [left, right]: readonly [ASTNode, ASTNode]): string {
  const first = left.op === op && chains.has(op) ? printForLibrary(left) : operand(left)
  return `${first} ${op} ${operand(right)}`
}

const atomic: ReadonlySet<string> = new Set([
  'id',
  '.',
  '.?',
  '[]',
  '[?]',
  'list',
  'map',
  'call',
  'rcall',
  '==',
])

const isAtomic = ({ op, args }: ASTNode): boolean =>
  atomic.has(op) || (op === 'value' && typeof args !== 'number' && typeof args !== 'bigint')

const operand = (node: ASTNode): string =>
  isAtomic(node) ? printForLibrary(node) : `(${printForLibrary(node)})`

function call(node: ASTNode & { op: 'call' }): string {
  const [name, args] = node.args
  const presence = presenceOf(node)
  if (presence?.op !== '.') return `${name === 'int' ? ownName(name) : name}(${joined(args)})`
  let root: ASTNode = presence
  while (root.op === '.' || root.op === '.?') root = root.args[0]
  if (root.op === 'id') return `${name}(${joined(args)})`
  const [inner, field] = presence.args
  return `${operand(inner)}.?${field}.hasValue()`
}

function literal(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    const text = String(value)
    return /^\d+$/.test(text) ? `${text}.0` : text
  }
  if (value instanceof Uint8Array) {
    const bytes = Array.from(value, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    return `b"${bytes.join('')}"`
  }
  return value instanceof UnsignedInt ? `${value.value}u` : String(value)
}
