import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js'

/** Which type each conversion of the library makes, by the code of its error. */
const conversions: Readonly<Record<string, string>> = {
  int_conversion_error: 'int',
  uint_conversion_error: 'uint',
  double_conversion_error: 'double',
  bool_conversion_error: 'bool',
  invalid_duration: 'google.protobuf.Duration',
  invalid_timestamp: 'google.protobuf.Timestamp',
}

/** What went wrong in an evaluation, in cel-go's words. */
export function evaluationMessage(err: unknown): string {
  const text = err instanceof Error ? err.message : String(err)
  // The library shows the place in further lines.
  const [line = ''] = text.split('\n', 1)
  if (!(err instanceof EvaluationError)) return line
  const converted = conversions[err.code]
  if (converted !== undefined) return `type conversion error from 'string' to '${converted}'`
  if (err.code === 'numeric_overflow') return 'integer overflow'
  const [, index] = /index out of bounds, index (-?\d+)/.exec(line) ?? []
  if (index !== undefined) return `index out of bounds: ${index}`
  return line.replace(/^No such key/, 'no such key')
}

/**
 * The error of the first operand that fails, as cel-go tells it, where the library tells the last: of `a && b` and `a || b`, at any depth. `evaluate` takes a
 * part of the expression.
 */
export function firstFailure(
  node: ASTNode,
  err: unknown,
  evaluate: (part: ASTNode) => unknown,
): unknown {
  if (node.op !== '&&' && node.op !== '||') return err
  for (const operand of node.args) {
    try {
      evaluate(operand)
    } catch (failure) {
      return firstFailure(operand, failure, evaluate)
    }
  }
  return err
}
