import { newBadRequest } from '../errors/status-error.ts'

export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'

/** One term of a selector. `values` has one value for = == != gt lt, none for exists and !. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  readonly values: readonly string[]
}

interface Token {
  readonly type: 'word' | 'symbol' | 'end'
  readonly text: string
}

const end: Token = { type: 'end', text: '' }
// Longest first. Words run up to a blank or any of these characters.
const token = /\s*(?:(==|!=|=|!|\(|\)|,|>|<)|([^\s=!(),<>]+))/y

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  token.lastIndex = 0
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [, symbol, word] = match
    if (symbol !== undefined) tokens.push({ type: 'symbol', text: symbol })
    else if (word !== undefined) tokens.push({ type: 'word', text: word })
  }
  return tokens
}

const symbolOperators: Readonly<Record<string, LabelOperator>> = {
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
  in: 'in',
  notin: 'notin',
}

const unable = (what: string): Error => newBadRequest(`unable to parse requirement: ${what}`)

class Cursor {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? end
  }

  next(): Token {
    const current = this.peek()
    this.#at++
    return current
  }

  at(symbol: string): boolean {
    const { type, text } = this.peek()
    return type === 'symbol' && text === symbol
  }

  takes(symbol: string): boolean {
    if (!this.at(symbol)) return false
    this.#at++
    return true
  }
}

/** What looks at each key, and then at each requirement, before the rest is read; they throw. */
export interface RequirementChecks {
  readonly key: (key: string) => void
  readonly values: (requirement: LabelRequirement) => void
}

/** The grammar of labelSelector in a query; messages are those of Kubernetes. */
export function parseRequirements(text: string, checks: RequirementChecks): LabelRequirement[] {
  const cursor = new Cursor(tokenize(text))
  const requirements: LabelRequirement[] = []
  for (;;) {
    const start = cursor.peek()
    if (start.type === 'end') return requirements
    if (start.type === 'symbol' && start.text !== '!')
      throw newBadRequest(`found '${start.text}', expected: !, identifier, or 'end of string'`)
    const requirement = parseRequirement(cursor, checks)
    checks.values(requirement)
    requirements.push(requirement)
    const after = cursor.next()
    if (after.type === 'end') return requirements
    if (after.text !== ',' || after.type !== 'symbol')
      throw newBadRequest(`found '${after.text}', expected: ',' or 'end of string'`)
    const following = cursor.peek()
    if (following.type !== 'word' && !cursor.at('!'))
      throw newBadRequest(`found '${following.text}', expected: identifier after ','`)
  }
}

function parseRequirement(cursor: Cursor, checks: RequirementChecks): LabelRequirement {
  const isNegated = cursor.takes('!')
  const word = cursor.next()
  if (word.type !== 'word') throw unable(`found '${word.text}', expected: identifier`)
  const key = word.text
  checks.key(key)
  if (isNegated) return { key, operator: '!', values: [] }
  if (cursor.peek().type === 'end' || cursor.at(',')) return { key, operator: 'exists', values: [] }
  const { text } = cursor.next()
  const operator = symbolOperators[text]
  if (operator === undefined)
    throw unable(`found '${text}', expected: in, notin, =, ==, !=, gt, lt`)
  const values =
    operator === 'in' || operator === 'notin' ? parseValues(cursor) : [parseValue(cursor)]
  return { key, operator, values }
}

function parseValue(cursor: Cursor): string {
  const { type, text } = cursor.peek()
  if (type === 'end' || cursor.at(',')) return ''
  if (type !== 'word') throw unable(`found '${text}', expected: identifier`)
  cursor.next()
  return text
}

/** `(a,b)`; an empty place stands for the empty value. */
function parseValues(cursor: Cursor): string[] {
  const open = cursor.next()
  if (open.text !== '(') throw unable(`found '${open.text}' expected: '('`)
  const first = cursor.peek()
  if (first.type !== 'word' && !cursor.at(',') && !cursor.at(')'))
    throw unable(`found '${first.text}', expected: ',', ')' or identifier`)
  const values = new Set<string>()
  for (;;) {
    values.add(cursor.peek().type === 'word' ? cursor.next().text : '')
    if (cursor.takes(')')) return [...values]
    if (!cursor.takes(',')) throw unable(`found '${cursor.peek().text}', expected: ',' or ')'`)
  }
}
