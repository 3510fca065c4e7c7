import type { ASTNode } from '@marcbachmann/cel-js'
import { goDuration } from '../formats.ts'
import { patternOf } from '../patterns.ts'
import { childrenOf } from './ast.ts'
import type { Checked } from './check.ts'
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

/** What cel-go's validators refuse of an expression whose types are right. Throws Error. */
export function checkLiterals(ast: ASTNode, checked: Checked): void {
  everyNode(ast, (node) => checkArgument(node, checks))
  checkAggregates(ast, checked)
}

/** What is refused last, of an expression that compiles. Throws Error. */
export function checkProgram(ast: ASTNode): void {
  everyNode(ast, (node) => checkArgument(node, programChecks))
}
