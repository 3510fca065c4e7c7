import type { ASTNode, Context, Environment, ParseResult } from '@marcbachmann/cel-js'
import type { ValidationRule } from '../json-schema.ts'
import { childrenOf, loopOf, optionalMapOf } from './ast.ts'
import { type Checked, checkTypes } from './check.ts'
import { type Declarations, declarationsOf } from './declarations.ts'
import { type DeclaredType } from './declared-type.ts'
import { createEnvironment } from './environment.ts'
import { firstFailure } from './evaluation-error.ts'
import { estimateCost } from './cost.ts'
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
  /** Nodes of the expression, and how deep macros stand in macros. */
  readonly nodes: number
  readonly depth: number
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

function measure(node: ASTNode): { nodes: number; depth: number; usesOldSelf: boolean } {
  const parts = childrenOf(node).map(measure)
  const isMacro = loopOf(node) !== undefined || optionalMapOf(node) !== undefined
  return {
    nodes: parts.reduce((sum, part) => sum + part.nodes, 1),
    depth: Math.max(0, ...parts.map((part) => part.depth)) + (isMacro ? 1 : 0),
    usesOldSelf:
      (node.op === 'id' && node.args === 'oldSelf') || parts.some((part) => part.usesOldSelf),
  }
}

/** Compiles a rule for evaluation. Throws Error for what is no expression. */
export function compileRule(rule: ValidationRule): CompiledRule {
  const { env, library } = dialectOf(rule)
  const { ast } = env.parse(rule.rule)
  const prepare = (node: ASTNode): ParseResult => library.parse(printForLibrary(node))
  const evaluate = prepare(ast)
  const checked = evaluate.check()
  if (!checked.valid) throw checked.error
  const { messageExpression = '' } = rule
  const message = messageExpression === '' ? undefined : prepare(env.parse(messageExpression).ast)
  const failureOf = (err: unknown, context: Context): unknown =>
    firstFailure(ast, err, (part) => void prepare(part)(context))
  return { rule, evaluate, failureOf, message, ...measure(ast) }
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
    compileRule({ rule: rule.rule, ...(on.isOptional ? { optionalOldSelf: true } : {}) })
  } catch (err) {
    return { ...none, error: `compilation failed: ${said(err)}` }
  }
  if (made.checked.result.kind !== 'bool') {
    return { ...none, error: 'cel expression must evaluate to a bool' }
  }
  const { usesOldSelf } = measure(made.ast)
  const known = { ...none, usesOldSelf, cost: made.cost, error: undefined }
  try {
    checkProgram(made.ast, (part) => void on.library.parse(printForLibrary(part))({}))
  } catch (err) {
    return { ...none, usesOldSelf, error: `program instantiation failed: ${said(err)}` }
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
