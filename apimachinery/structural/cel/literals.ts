import type { ASTNode } from '@marcbachmann/cel-js'
import { goDuration } from '../formats.ts'
import { patternOf } from '../patterns.ts'
import { childrenOf } from './ast.ts'

const checks: Readonly<Record<string, (text: string) => void>> = {
  duration(text) {
    if (goDuration(text) === undefined) throw new Error('invalid duration argument')
  },
  timestamp(text) {
    if (Number.isNaN(Date.parse(text))) throw new Error('invalid timestamp argument')
  },
  matches: patternOf,
  find: patternOf,
  findAll: patternOf,
}

/** Throws Error for a literal that a function would refuse whatever the value: a duration, a time, a regular expression. */
export function checkLiterals(node: ASTNode): void {
  if (node.op === 'call' || node.op === 'rcall') {
    const [name] = node.args
    const args = node.op === 'call' ? node.args[1] : node.args[2]
    const last = name === 'findAll' ? args[0] : args.at(-1)
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (last?.op === 'value' && typeof last.args === 'string') check?.(last.args)
  }
  for (const child of childrenOf(node)) checkLiterals(child)
}
