import { isObject } from '../patch/json-value.ts'

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | {
      readonly kind: 'filter'
      readonly path: readonly Step[]
      readonly operator: string
      readonly value: unknown
    }

/** A simple JSONPath, as printer columns have it: `.spec.x`, `['a']`, `[0]`, `[*]`, `[?(@.type=="Ready")]`. */
export type JsonPath = readonly Step[]

const fieldStep = /^\.((?:\\.|[^.[\]\\])+)/
const quotedStep = /^\['((?:\\.|[^'\\])*)'\]/
const indexStep = /^\[(-?\d+)\]/
const filterStep =
  /^\[\?\(\s*@((?:\.|\[)[^=!<>)]*?)\s*(?:(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|[^)]*?))?\s*\)\]/

/** Throws SyntaxError for what is no simple path. */
export function parseJsonPath(text: string): JsonPath {
  const steps: Step[] = []
  let rest = text
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(rest)
    if (match !== null) rest = rest.slice(match[0].length)
    return match
  }
  while (rest !== '') {
    const all = take(/^(?:\[\*\]|\.\*)/)
    if (all !== null) {
      steps.push({ kind: 'all' })
      continue
    }
    const field = take(fieldStep) ?? take(quotedStep)
    if (field !== null) {
      steps.push({ kind: 'field', name: (field[1] ?? '').replace(/\\(.)/g, '$1') })
      continue
    }
    const index = take(indexStep)
    if (index !== null) {
      steps.push({ kind: 'index', index: Number(index[1]) })
      continue
    }
    const filter = take(filterStep)
    if (filter === null) throw new SyntaxError(`unrecognized path: ${text}`)
    const [, path = '', operator = 'exists', value = 'true'] = filter
    steps.push({ kind: 'filter', path: parseJsonPath(path), operator, value: literal(value) })
  }
  return steps
}

function literal(text: string): unknown {
  if (/^(".*"|'.*')$/.test(text)) return text.slice(1, -1)
  if (text === 'true' || text === 'false') return text === 'true'
  return Number.isNaN(Number(text)) ? text : Number(text)
}

/** The values that a path leads to. */
export function findAll(path: JsonPath, value: unknown): unknown[] {
  return path.reduce<unknown[]>((found, step) => found.flatMap((one) => follow(step, one)), [value])
}

function follow(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : []
    case 'index': {
      const item: unknown = Array.isArray(value) ? value.at(step.index) : undefined
      return item === undefined ? [] : [item]
    }
    case 'all':
      return typeof value === 'object' && value !== null ? Object.values(value) : []
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => passes(step, item)) : []
  }
}

function passes(step: Extract<Step, { kind: 'filter' }>, item: unknown): boolean {
  const [given] = findAll(step.path, item)
  const [a, b] = [given as number, step.value as number]
  switch (step.operator) {
    case 'exists':
      return given !== undefined
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    default:
      return a >= b
  }
}
