import { type ASTNode, type Environment, Optional } from '@marcbachmann/cel-js'
import { isObject } from '../../patch/json-value.ts'
import { type Loop, loopOf, optionalMapOf } from './ast.ts'
import { type Comparable, compare, isEqualValue } from './functions/equality.ts'

/** What the library hands its macros, as far as ours need it: scopes of variables and evaluation in them. */
interface Context {
  forkWithVariable(name: string, type: unknown): Bound
}
interface Bound extends Context {
  reuse(context: Context): Bound
  setIterValue(value: unknown, evaluator: Evaluator): Bound
}
interface Evaluator {
  run(node: ASTNode, context: Context): unknown
}
interface Checker {
  check(node: ASTNode, context: Context): { readonly kind: string }
  getType(name: string): unknown
}

interface Macro {
  readonly range: ASTNode
  readonly variables: readonly string[]
  readonly bodies: readonly ASTNode[]
  /** The result, of the range's value and of what the bodies are for values of the variables. */
  readonly finish: (range: unknown, run: Run) => unknown
  scopes?: readonly Bound[]
}

type Run = (body: number, values: readonly unknown[]) => unknown

function typeCheck(checker: Checker, macro: Macro, context: Context): unknown {
  checker.check(macro.range, context)
  const dyn = checker.getType('dyn')
  const scopes: Bound[] = []
  for (const name of macro.variables) {
    scopes.push((scopes.at(-1) ?? context).forkWithVariable(name, dyn))
  }
  macro.scopes = scopes
  for (const body of macro.bodies) checker.check(body, scopes.at(-1) ?? context)
  return dyn
}

function evaluate(evaluator: Evaluator, macro: Macro, context: Context): unknown {
  const run: Run = (body, values) => {
    let within = context
    for (const [i, scope] of (macro.scopes ?? []).entries()) {
      within = scope.reuse(within).setIterValue(values[i], evaluator)
    }
    const node = macro.bodies[body]
    return node && evaluator.run(node, within)
  }
  return macro.finish(evaluator.run(macro.range, context), run)
}

/** Values of the variables: indexes or keys first when there are two. */
function rounds(range: unknown, count: number): unknown[][] {
  if (Array.isArray(range)) {
    return range.map((item: unknown, i) => (count === 1 ? [item] : [BigInt(i), item]))
  }
  if (!isObject(range)) throw new Error('only lists and maps can be walked through')
  return Object.entries(range).map(([key, value]) => (count === 1 ? [key] : [key, value]))
}

function truthOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new Error('predicate must be a bool')
}

/** True when a round says so; errors count only when no round does (cel-spec, "Logical Operators"). */
function some(all: readonly unknown[][], test: (values: unknown[]) => boolean): boolean {
  let failure: unknown
  for (const values of all) {
    try {
      if (test(values)) return true
    } catch (err) {
      failure ??= err
    }
  }
  if (failure !== undefined) throw failure
  return false
}

function insert(into: Record<string, unknown>, key: unknown, value: unknown): void {
  const name = String(key)
  if (Object.hasOwn(into, name)) throw new Error(`insert failed: key '${name}' already exists`)
  Object.defineProperty(into, name, { value, enumerable: true, writable: true, configurable: true })
}

function finishLoop(loop: Loop, range: unknown, run: Run): unknown {
  const all = rounds(range, loop.variables.length)
  const isKept = (values: unknown[]): boolean =>
    loop.filter === undefined || truthOf(run(1, values))
  const body = (values: unknown[]): unknown => run(0, values)
  const truth = (values: unknown[]): boolean => truthOf(body(values))
  switch (loop.name) {
    case 'all':
      return !some(all, (values) => !truth(values))
    case 'exists':
      return some(all, truth)
    case 'existsOne':
      return all.filter(truth).length === 1
    case 'sortBy': {
      const keyed = all.map((values) => ({ item: values[0], key: body(values) as Comparable }))
      return keyed.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item)
    }
    case 'transformMap':
    case 'transformMapEntry': {
      const made: Record<string, unknown> = {}
      for (const values of all.filter(isKept)) {
        const one = body(values)
        if (loop.name === 'transformMap') insert(made, values[0], one)
        else if (isObject(one)) for (const [k, v] of Object.entries(one)) insert(made, k, v)
      }
      return made
    }
    case 'map':
    case 'filter':
    case 'transformList':
      return all.filter(isKept).map(body)
  }
}

const isZero = (value: unknown): boolean =>
  value === null ||
  [0n, 0, '', false].some((zero) => zero === value) ||
  (Array.isArray(value) && value.length === 0) ||
  isEqualValue(value, {})

const namesAndCounts: readonly (readonly [string, number])[] = [
  ['all', 3],
  ['exists', 3],
  ['exists_one', 3],
  ['existsOne', 3],
  ['sortBy', 2],
  ['transformList', 3],
  ['transformList', 4],
  ['transformMap', 3],
  ['transformMap', 4],
  ['transformMapEntry', 3],
  ['transformMapEntry', 4],
  ['optMap', 2],
  ['optFlatMap', 2],
]

function macroOf(ast: ASTNode): Macro {
  const loop = loopOf(ast)
  if (loop !== undefined) {
    const { range, variables, body, filter } = loop
    const bodies = filter === undefined ? [body] : [body, filter]
    return { range, variables, bodies, finish: (value, run) => finishLoop(loop, value, run) }
  }
  const map = optionalMapOf(ast)
  if (map === undefined) throw new Error('argument must be a simple name')
  return {
    range: map.target,
    variables: [map.variable],
    bodies: [map.body],
    finish(value, run) {
      if (!(value instanceof Optional)) throw new Error(`${map.name} of what is not optional`)
      if (!value.hasValue()) return Optional.none()
      const made = run(0, [value.value()])
      return map.name === 'optMap' ? Optional.of(made) : made
    },
  }
}

/** Adds the macros that CEL in Kubernetes has beyond those of the language: over two variables, over optional values, and by a key. */
export function registerMacros(env: Environment): void {
  for (const [name, count] of namesAndCounts) {
    const args = Array.from({ length: count }, () => 'ast').join(', ')
    env.registerFunction(`dyn.${name}(${args}): dyn`, ({ ast }: { ast: ASTNode }) => ({
      ...macroOf(ast),
      typeCheck,
      evaluate,
      async: false,
    }))
  }
  env.registerFunction(
    'OptionalNamespace.ofNonZeroValue(A): optional<A>',
    (_: unknown, value: unknown) => (isZero(value) ? Optional.none() : Optional.of(value)),
  )
}
