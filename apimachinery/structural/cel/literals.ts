import type { ASTNode } from '@marcbachmann/cel-js'
import { goDuration } from '../formats.ts'
import { patternOf } from '../patterns.ts'
import { childrenOf } from './ast.ts'
import type { Checked } from './check.ts'
import { clausesOf } from './functions/format.ts'
import { isSameType, typeName } from './types.ts'

const checks: Readonly<Record<string, (text: string) => void>> = {
  duration(text) {
    if (goDuration(text) === undefined) throw new Error('invalid duration argument')
  },
  timestamp(text) {
    if (Number.isNaN(Date.parse(text))) throw new Error('invalid timestamp argument')
  },
  matches: patternOf,
}

/** Those that Kubernetes compiles when it makes a program of an expression. */
const programChecks: Readonly<Record<string, (text: string) => void>> = {
  find: patternOf,
  findAll: patternOf,
}

/** Throws Error for a literal that a function would refuse whatever the value: a duration, a time, a regular expression. */
function checkArgument(node: ASTNode, by: typeof checks): void {
  if (node.op !== 'call' && node.op !== 'rcall') return
  const [name] = node.args
  const args = node.op === 'call' ? node.args[1] : node.args[2]
  const literal = name === 'findAll' ? args[0] : args.at(-1)
  const check = Object.hasOwn(by, name) ? by[name] : undefined
  if (literal?.op === 'value' && typeof literal.args === 'string') check?.(literal.args)
}

/** Throws Error for lists and maps of several types. Arguments of format() may be so. */
function checkAggregates(node: ASTNode, checked: Checked): void {
  if (node.op === 'list') checkOneType(node.args, checked)
  if (node.op === 'map') {
    checkOneType(
      node.args.map(([key]) => key),
      checked,
    )
    checkOneType(
      node.args.map(([, value]) => value),
      checked,
    )
  }
  if (node.op === 'rcall' && node.args[0] === 'format') return
  for (const child of childrenOf(node)) checkAggregates(child, checked)
}

function checkOneType([first, ...others]: readonly ASTNode[], { typeOf }: Checked): void {
  if (first === undefined) return
  const expected = typeOf(first)
  const other = others.map(typeOf).find((type) => !isSameType(type, expected))
  if (other === undefined) return
  throw new Error(`expected type '${typeName(expected)}' but found '${typeName(other)}'`)
}

const everyNode = (node: ASTNode, visit: (one: ASTNode) => void): void => {
  visit(node)
  for (const child of childrenOf(node)) everyNode(child, visit)
}

/** Which types each clause of a format takes. */
const formattable: Readonly<Record<string, readonly string[]>> = {
  d: ['int', 'uint'],
  f: ['double', 'string'],
  e: ['double', 'string'],
  b: ['int', 'uint', 'bool'],
  x: ['int', 'uint', 'string', 'bytes'],
  X: ['int', 'uint', 'string', 'bytes'],
  o: ['int', 'uint'],
}

/** What `%s` shows nothing of. */
const unshown: ReadonlySet<string> = new Set(['object', 'opaque', 'optional'])

/** Throws Error for a literal text whose clauses do not take the arguments beside it. */
function checkFormat(node: ASTNode, { typeOf }: Checked): void {
  if (node.op !== 'rcall' || node.args[0] !== 'format') return
  const [, text, [list]] = node.args
  if (text.op !== 'value' || typeof text.args !== 'string' || list?.op !== 'list') return
  const clauses = clausesOf(text.args)
  for (const [i, clause] of clauses.entries()) {
    const argument = list.args[i]
    if (argument === undefined) throw new Error(`index ${i} out of range`)
    const { kind } = typeOf(argument)
    const fits = clause === 's' ? !unshown.has(kind) : formattable[clause]?.includes(kind)
    if (kind === 'dyn' || fits === true) continue
    throw new Error(
      `error during formatting: %${clause} cannot show a ${typeName(typeOf(argument))}`,
    )
  }
  if (list.args.length <= clauses.length) return
  const counts = `expected ${clauses.length}, got ${list.args.length}`
  throw new Error(`too many arguments supplied to string.format (${counts})`)
}

const conversions: ReadonlySet<string> = new Set([
  ...['bool', 'bytes', 'double', 'duration', 'int', 'string', 'timestamp', 'uint'],
])

/** A conversion of a literal is made once, and may fail then. */
const isConstantConversion = (node: ASTNode): boolean =>
  node.op === 'call' &&
  conversions.has(node.args[0]) &&
  node.args[1].length === 1 &&
  node.args[1][0]?.op === 'value'

/** What cel-go's validators refuse of an expression whose types are right. Throws Error. */
export function checkLiterals(ast: ASTNode, checked: Checked): void {
  everyNode(ast, (node) => {
    checkArgument(node, checks)
    checkFormat(node, checked)
  })
  checkAggregates(ast, checked)
}

/** What is refused last, of an expression that compiles; `evaluate` takes a part of it. Throws Error. */
export function checkProgram(ast: ASTNode, evaluate: (part: ASTNode) => unknown): void {
  everyNode(ast, (node) => {
    checkArgument(node, programChecks)
    if (isConstantConversion(node)) evaluate(node)
  })
}
