import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js'
import { childrenOf, loopOf, optionalMapOf, presenceOf } from './ast.ts'

/** Which type each conversion of the library makes, by the code of its error. */
const conversions: Readonly<Record<string, string>> = {
  int_conversion_error: 'int',
  uint_conversion_error: 'uint',
  double_conversion_error: 'double',
  bool_conversion_error: 'bool',
  invalid_duration: 'google.protobuf.Duration',
  invalid_timestamp: 'google.protobuf.Timestamp',
}

/** Of arguments whose types are known at run time only. */
export const noOverload = 'no such overload'

/** What went wrong in an evaluation, in cel-go's words. */
export function evaluationMessage(err: unknown): string {
  const text = err instanceof Error ? err.message : String(err)
  // The library shows the place in further lines.
  const [line = ''] = text.split('\n', 1)
  if (!(err instanceof EvaluationError)) return line
  const converted = conversions[err.code]
  if (converted !== undefined) return `type conversion error from 'string' to '${converted}'`
  if (err.code === 'numeric_overflow') return 'integer overflow'
  if (err.code === 'no_such_overload' || err.code === 'no_matching_overload') return noOverload
  const [, index] = /index out of bounds, index (-?\d+)/.exec(line) ?? []
  if (index !== undefined) return `index out of bounds: ${index}`
  return line.replace(/^No such key/, 'no such key')
}

/**
 * The error of the part that fails first, as cel-go tells it: from left to right, where the library goes from right to left. `evaluate` takes a part of the expression; parts
 * with variables of their own are not looked into.
 */
export function firstFailure(
  node: ASTNode,
  err: unknown,
  evaluate: (part: ASTNode) => unknown,
): unknown {
  for (const part of evaluatedParts(node, evaluate)) {
    try {
      evaluate(part)
    } catch (failure) {
      return firstFailure(part, failure, evaluate)
    }
  }
  return err
}

/** What is evaluated before the node itself, in order. */
function evaluatedParts(node: ASTNode, evaluate: (part: ASTNode) => unknown): readonly ASTNode[] {
  if (node.op === '?:') {
    const [condition, yes, no] = node.args
    try {
      return [evaluate(condition) === true ? yes : no]
    } catch {
      return [condition]
    }
  }
  const presence = presenceOf(node)
  if (presence?.op === '.') return [presence.args[0]]
  const range = loopOf(node)?.range ?? optionalMapOf(node)?.target
  return range === undefined ? childrenOf(node) : [range]
}
