import type { ASTNode, Context, Environment, ParseResult } from '@marcbachmann/cel-js'
import type { ValidationRule } from '../json-schema.ts'
import { childrenOf } from './ast.ts'
import { type Checked, checkTypes } from './check.ts'
import { type Declarations, declarationsOf } from './declarations.ts'
import { type DeclaredType } from './declared-type.ts'
import { createEnvironment } from './environment.ts'
import { firstFailure } from './evaluation-error.ts'
import { estimateCost } from './cost.ts'
import { measuredType } from './measured-type.ts'
import { checkLiterals, checkProgram } from './literals.ts'
import { printForLibrary } from './print.ts'
import { type CelType, optionalOf } from './types.ts'

/** A rule that can be evaluated. */
export interface CompiledRule {
  readonly rule: ValidationRule
  readonly evaluate: ParseResult
  /** The error that cel-go tells where the library throws `err`. */
  readonly failureOf: (err: unknown, context: Context) => unknown
  readonly message: ParseResult | undefined
  readonly usesOldSelf: boolean
  /** What an evaluation over these values may cost, in CEL's units. */
  readonly costOf: (values: readonly unknown[]) => number
}

interface Dialect {
  readonly env: Environment
  /** Of what is printed for it, with more parentheses. */
  readonly library: Environment
  readonly declarations: Declarations
  readonly isOptional: boolean
}

const dialect = (oldSelf: 'dyn' | 'optional<dyn>'): Dialect => {
  const env = createEnvironment(oldSelf)
  return {
    env,
    library: env.clone({ limits: { maxAstNodes: 100_000, maxDepth: 300 } }),
    declarations: declarationsOf(env),
    isOptional: oldSelf !== 'dyn',
  }
}

const dialects = { plain: dialect('dyn'), optional: dialect('optional<dyn>') }

const dialectOf = (rule: ValidationRule): Dialect =>
  rule.optionalOldSelf === true ? dialects.optional : dialects.plain

const usesOldSelf = (node: ASTNode): boolean =>
  (node.op === 'id' && node.args === 'oldSelf') || childrenOf(node).some(usesOldSelf)

/** To measure the values of cheaper rules would cost more than they do. */
const cheap = 100

/** Dearer rules are not evaluated again, part by part, to find what failed. */
const mostToRepeat = 100_000

/** Compiles a rule of values of a type for evaluation. Throws Error for what is no expression, or one of wrong types. */
export function compileRule(rule: ValidationRule, self: DeclaredType): CompiledRule {
  const on = dialectOf(rule)
  const { ast, checked, cost } = compile(rule.rule, on, self)
  const prepare = (node: ASTNode): ParseResult => on.library.parse(printForLibrary(node))
  const evaluate = prepare(ast)
  const prepared = evaluate.check()
  if (!prepared.valid) throw prepared.error
  const { messageExpression = '' } = rule
  const message =
    messageExpression === '' ? undefined : prepare(on.env.parse(messageExpression).ast)
  const costOf = (values: readonly unknown[]): number =>
    cost <= cheap ? cost : estimateCost(ast, checked, measuredType(self, values))
  const failureOf = (err: unknown, context: Context): unknown =>
    costOf([context['self']]) > mostToRepeat
      ? err
      : firstFailure(ast, err, (part): unknown => prepare(part)(context))
  return { rule, evaluate, failureOf, message, costOf, usesOldSelf: usesOldSelf(ast) }
}

/** What is known of a rule without any value. */
export interface RuleReport {
  readonly usesOldSelf: boolean
  /** Estimated cost of one evaluation at most, in CEL's units; 0 when there is an error. */
  readonly cost: number
  readonly error: string | undefined
  readonly messageCost: number
  readonly messageError: string | undefined
}

interface Compiled {
  readonly ast: ASTNode
  readonly checked: Checked
  readonly cost: number
}

function compile(text: string, on: Dialect, self: DeclaredType): Compiled {
  const { ast } = on.env.parse(text)
  const oldSelf = on.isOptional ? optionalOf(self.type) : self.type
  const variables = new Map<string, CelType>([
    ['self', self.type],
    ['oldSelf', oldSelf],
  ])
  const checked = checkTypes(ast, on.declarations, variables)
  checkLiterals(ast, checked)
  return { ast, checked, cost: estimateCost(ast, checked, self) }
}

const said = (err: unknown): string =>
  (err instanceof Error ? err.message : String(err)).split('\n', 1)[0] ?? ''

/** Judges a rule of values of a type, as Kubernetes does when a definition is created. */
export function judgeRule(rule: ValidationRule, self: DeclaredType): RuleReport {
  const on = dialectOf(rule)
  const none = { usesOldSelf: false, cost: 0, messageCost: 0, messageError: undefined }
  let made: Compiled
  try {
    made = compile(rule.rule, on, self)
    compileRule({ rule: rule.rule, ...(on.isOptional ? { optionalOldSelf: true } : {}) }, self)
  } catch (err) {
    return { ...none, error: `compilation failed: ${said(err)}` }
  }
  if (made.checked.result.kind !== 'bool') {
    return { ...none, error: 'cel expression must evaluate to a bool' }
  }
  const known = { ...none, usesOldSelf: usesOldSelf(made.ast), cost: made.cost, error: undefined }
  try {
    checkProgram(made.ast, (part) => void on.library.parse(printForLibrary(part))({}))
  } catch (err) {
    return {
      ...none,
      usesOldSelf: known.usesOldSelf,
      error: `program instantiation failed: ${said(err)}`,
    }
  }
  const { messageExpression = '' } = rule
  if (messageExpression === '') return known
  try {
    const message = compile(messageExpression, on, self)
    if (message.checked.result.kind === 'string') return { ...known, messageCost: message.cost }
    return { ...known, messageError: 'messageExpression must evaluate to a string' }
  } catch (err) {
    return { ...known, messageError: `messageExpression compilation failed: ${said(err)}` }
  }
}
