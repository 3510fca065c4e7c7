import { isNode } from './ast.ts'
import { createEnvironment } from './environment.ts'

const parser = createEnvironment('dyn')

/** Names of types, and what namespaces of functions begin with. */
const known = new Set(
  'base64 bool bytes cel cidr double duration dyn format google int ip jsonpatch kubernetes list map math null_type optional quantity semver sets string strings timestamp type uint url Object JSONPatch'.split(
    ' ',
  ),
)

const binders = new Set(
  'all exists exists_one existsOne map filter bind transformList transformMap transformMapEntry'.split(
    ' ',
  ),
)

interface Reference {
  readonly name: string
  readonly start: number
}

/** Names that nothing declares, in the order of the text. */
function undeclared(node: unknown, scope: ReadonlySet<string>): Reference[] {
  if (Array.isArray(node)) return node.flatMap((one) => undeclared(one, scope))
  if (!isNode(node)) return []
  if (node.op === 'id') {
    return scope.has(node.args) ? [] : [{ name: node.args, start: node.start }]
  }
  if (node.op !== 'rcall') return undeclared(node.args, scope)
  const [name, receiver, args] = node.args
  const bound = binders.has(name)
    ? args.slice(0, -1).flatMap((one) => (isNode(one) && one.op === 'id' ? [one.args] : []))
    : []
  const inner = bound.length === 0 ? scope : new Set([...scope, ...bound])
  return [...undeclared(receiver, scope), ...undeclared(args, inner)]
}

/** As cel-go tells of a place: `<input>:line:column`, and a mark below the line. */
function at(expression: string, offset: number, what: string): string {
  const before = expression.slice(0, offset).split('\n')
  const column = (before.at(-1) ?? '').length
  const line = expression.split('\n')[before.length - 1] ?? ''
  return `ERROR: <input>:${before.length}:${column + 1}: ${what}\n | ${line}\n | ${'.'.repeat(column)}^`
}

const nothing =
  "ERROR: <input>:1:0: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

/** Where the parser stands: it draws a mark below the line that it shows as `>    1 | text`. */
function offsetOf(expression: string, message: string): number {
  const lines = message.split('\n')
  const shown = /^>\s*(\d+) \| /.exec(lines.at(-2) ?? '')
  if (shown === null) return expression.length
  const start = expression
    .split('\n')
    .slice(0, Number(shown[1]) - 1)
    .reduce((sum, line) => sum + line.length + 1, 0)
  return start + Math.max(0, (lines.at(-1) ?? '').indexOf('^') - shown[0].length)
}

function syntaxProblem(expression: string, err: unknown): string {
  const message = err instanceof Error ? err.message : String(err)
  const what = message.split('\n', 1)[0] ?? ''
  const sign = /^Unexpected character: ('.*')$/.exec(what)?.[1]
  const told = sign === undefined ? what : `extraneous input ${sign} expecting <EOF>`
  return at(expression, offsetOf(expression, message), `Syntax error: ${told}`)
}

/**
 * Why a CEL expression does not compile: its syntax, or names that are neither declared nor among `variables`; undefined when it does. Types and overloads are
 * not judged. The words are cel-go's where the parser tells the same.
 */
export function expressionProblem(
  expression: string,
  variables: readonly string[],
): string | undefined {
  if (expression.trim() === '') return nothing
  // The parser does not know literals of objects.
  if (/\b[A-Z]\w*(\.\w+)*\s*\{/.test(expression)) return undefined
  try {
    const { ast } = parser.parse(expression)
    const found = undeclared(ast, new Set([...known, ...variables]))
    if (found.length === 0) return undefined
    return found
      .map(({ name, start }) =>
        at(expression, start, `undeclared reference to '${name}' (in container '')`),
      )
      .join('\n')
  } catch (err) {
    return syntaxProblem(expression, err)
  }
}
