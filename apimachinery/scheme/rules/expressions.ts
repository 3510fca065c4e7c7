import { invalid } from '../../errors/field-error.ts'
import { expressionProblem } from '../../structural/cel/expression-problems.ts'
import { type Check, none } from './check.ts'
import { asText } from './read.ts'

/** A CEL expression over some variables, where there is one. */
export const expression =
  (...variables: readonly string[]): Check =>
  (value, path) => {
    if (value === undefined) return none
    const problem = expressionProblem(asText(value), variables)
    return problem === undefined
      ? none
      : [invalid(path, asText(value), `compilation failed: ${problem}`)]
  }
