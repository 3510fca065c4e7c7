import type { Environment } from '@marcbachmann/cel-js'
import { bool, type CelType, parseType, string, typeName } from './types.ts'

/** One way to call a function. Of methods the first argument is the receiver. */
export interface Overload {
  readonly name: string
  readonly isMethod: boolean
  readonly args: readonly CelType[]
  readonly result: CelType
}

/** What expressions may name beside their variables. */
export interface Declarations {
  readonly functions: ReadonlyMap<string, readonly Overload[]>
  readonly names: ReadonlyMap<string, CelType>
}

/** What the library has beyond CEL in Kubernetes. */
const foreign: ReadonlySet<string> = new Set([
  'bytes.json',
  'bytes.hex',
  'bytes.string',
  'bytes.base64',
  'bytes.at',
])
const foreignNames: ReadonlySet<string> = new Set(['cel'])

const binary = (name: string, rows: string): Overload[] =>
  rows
    .trim()
    .split(/\s*;\s*/)
    .map((row) => {
      const [left = '', right = '', result = ''] = row.split(/\s+/)
      return {
        name,
        isMethod: false,
        args: [parseType(long(left)), parseType(long(right))],
        result: parseType(long(result)),
      }
    })

const long = (name: string): string =>
  name === 'duration' || name === 'timestamp'
    ? `google.protobuf.${name === 'duration' ? 'Duration' : 'Timestamp'}`
    : name

const numbers = ['int', 'uint', 'double']
const ordered = ['bool', 'string', 'bytes', 'timestamp', 'duration']
const comparisons = [
  ...numbers.flatMap((a) => numbers.map((b) => `${a} ${b} bool`)),
  ...ordered.map((a) => `${a} ${a} bool`),
].join(';')

const operators: readonly Overload[] = [
  ...binary('==', 'A A bool'),
  ...binary('!=', 'A A bool'),
  ...['<', '<=', '>', '>='].flatMap((name) => binary(name, comparisons)),
  ...binary(
    '+',
    'bytes bytes bytes; double double double; duration duration duration; duration timestamp timestamp; timestamp duration timestamp; int int int; list<A> list<A> list<A>; string string string; uint uint uint',
  ),
  ...binary(
    '-',
    'double double double; duration duration duration; int int int; timestamp duration timestamp; timestamp timestamp duration; uint uint uint',
  ),
  ...binary('*', 'double double double; int int int; uint uint uint'),
  ...binary('/', 'double double double; int int int; uint uint uint'),
  ...binary('%', 'int int int; uint uint uint'),
  ...['list<A>', 'map<A, B>'].map((container) => ({
    name: 'in',
    isMethod: false,
    args: [parseType('A'), parseType(container)],
    result: bool,
  })),
  ...['int', 'double'].map((name) => ({
    name: '-_',
    isMethod: false,
    args: [parseType(name)],
    result: parseType(name),
  })),
  { name: '!_', isMethod: false, args: [bool], result: bool },
]

/** Functions that take their arguments unevaluated in the library, and are none in CEL. */
const method = (name: string, args: readonly string[], result: string): Overload => ({
  name,
  isMethod: true,
  args: args.map(parseType),
  result: parseType(result),
})

const optionals: readonly Overload[] = [
  method('or', ['optional<V>', 'optional<V>'], 'optional<V>'),
  method('orValue', ['optional<V>', 'V'], 'V'),
]

const matching: readonly Overload[] = [true, false].map((isMethod) => ({
  name: 'matches',
  isMethod,
  args: [string, string],
  result: bool,
}))

/** Functions and names of an environment, with the operators of the language (cel-spec, "List of Standard Definitions"). */
export function declarationsOf(env: Environment): Declarations {
  const { functions, variables } = env.getDefinitions()
  const known = [...operators, ...optionals, ...matching]
  for (const { name, receiverType, params, returnType } of functions) {
    const types = params.map(({ type }) => String(type))
    const isInternal = name.startsWith('__') || name === 'matches' || types.includes('ast')
    if (isInternal || foreign.has(`${receiverType ?? ''}.${name}`)) continue
    const given = receiverType === null ? types : [receiverType, ...types]
    known.push({
      name,
      isMethod: receiverType !== null,
      args: given.map(parseType),
      result: parseType(returnType),
    })
  }
  known.push(...conversions)
  const names = variables.filter(({ name }) => !foreignNames.has(name))
  return {
    functions: Map.groupBy(known, ({ name }) => name),
    names: new Map(names.map(({ name, type }) => [name, parseType(String(type))])),
  }
}

/** `type` takes anything; the library lists what it knows. */
const conversions: readonly Overload[] = [
  { name: 'type', isMethod: false, args: [parseType('A')], result: parseType('type') },
]

/** As Kubernetes names an operator or a function in messages. */
export const shownName = (name: string): string => {
  if (name === '!_' || name === '-_') return name
  if (name === 'in') return '@in'
  return /^\w+$/.test(name) ? name : `_${name}_`
}

export const shownCall = (args: readonly CelType[], isMethod: boolean): string => {
  const shown = args.map(typeName)
  return isMethod ? `${shown[0]}.(${shown.slice(1).join(', ')})` : `(${shown.join(', ')})`
}
