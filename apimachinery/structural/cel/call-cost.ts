import type { ASTNode } from '@marcbachmann/cel-js'
import type { DeclaredType } from './declared-type.ts'
import type { CelType } from './types.ts'
import {
  add,
  addSizes,
  listCreation,
  multiply,
  multiplySizes,
  perCharacter,
  scale,
  type Size,
  sizeOf,
  unknownSize,
} from './sizes.ts'

/** What is known of an argument. */
export interface Argument {
  readonly node: ASTNode
  readonly type: CelType
  readonly size: Size | undefined
  /** Where the schema declares it. */
  readonly declared: DeclaredType | 'nowhere' | undefined
}

export interface CallCost {
  readonly cost: number
  /** Of the result, where it can be told. */
  readonly size?: Size
}

type Estimate = (args: readonly Argument[]) => CallCost

const perPatternCharacter = 0.25
/** The longest pattern of a named format. */
const formatPattern = 128

const size = (argument: Argument | undefined): Size => argument?.size ?? unknownSize

const reading =
  (at: number, factor = 1): Estimate =>
  (args) => ({ cost: scale(size(args[at]).max, factor * perCharacter) })

const copying: Estimate = ([text]) => ({
  cost: scale(size(text).max, perCharacter),
  size: size(text),
})

/** Of an item of a list. */
const itemSize = ({ declared }: Argument): Size =>
  declared === undefined || declared === 'nowhere' || declared.element === undefined
    ? unknownSize
    : { min: 0, max: declared.element.maxElements }

const walking: Estimate = ([list]) => {
  if (list?.type.kind !== 'list') return { cost: scale(size(list).max, perCharacter) }
  const { kind } = list.type.item
  const isLong = kind === 'string' || kind === 'bytes'
  const each = 1 + (isLong ? scale(itemSize(list).max, perCharacter) : 0)
  return { cost: multiply(size(list).max, each) }
}

const replacing: Estimate = ([text, sought, by]) => {
  const [whole, old, made] = [text, sought, by].map(size)
  if (whole === undefined || old === undefined || made === undefined) return { cost: 1 }
  const surrounds = old.min === 0
  const grows = made.max > old.min
  const count = surrounds ? add(whole.max, 1) : grows ? Math.ceil(whole.max / old.min) : 0
  const kept = surrounds || !grows ? whole.max : 0
  return {
    cost: scale(whole.max, 2 * perCharacter),
    size: { min: 0, max: add(multiply(count, made.max), kept) },
  }
}

const splitting: Estimate = ([text, , most]) => {
  const whole = size(text)
  const literal = most?.node.op === 'value' ? most.node.args : undefined
  const max = typeof literal === 'bigint' && literal >= 0n ? Number(literal) : whole.max
  return { cost: scale(whole.max, 2 * perCharacter), size: { min: 0, max } }
}

const joining: Estimate = ([list, separator]) => {
  const count = size(list)
  let made = list?.type.kind === 'list' ? multiplySizes(count, itemSize(list)) : sizeOf(0)
  if (separator !== undefined) {
    const between = { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) }
    made = addSizes(made, multiplySizes(size(separator), between))
  }
  return { cost: scale(made.max, perCharacter), size: made }
}

const matching: Estimate = ([text, pattern]) => ({
  cost: multiply(
    scale(add(size(text).max, 1), perCharacter),
    scale(size(pattern).max, perPatternCharacter),
  ),
})

const finding: Estimate = (args) => ({
  ...matching(args),
  size: { min: 0, max: size(args[0]).max },
})

const containing: Estimate = ([text, part]) => ({
  cost: multiply(scale(size(text).max, perCharacter), scale(size(part).max, perCharacter)),
})

const constant =
  (cost: number): Estimate =>
  () => ({ cost })

/** Of addresses of 16 bytes; texts are parsed besides. */
const within =
  (base: number): Estimate =>
  ([, other]) => ({
    cost: add(base, other?.type.kind === 'opaque' ? 0 : scale(size(other).max, perCharacter)),
  })

const pairs =
  (factor: number): Estimate =>
  ([, a, b]) => ({ cost: add(scale(multiply(size(a).max, size(b).max), factor), 1) })

const newList = (factor: number, made: Size): CallCost => ({
  cost: add(scale(made.max, factor), 1, listCreation),
  size: made,
})

const integer = (argument: Argument | undefined, otherwise: number): number => {
  const literal = argument?.node.op === 'value' ? argument.node.args : undefined
  return typeof literal === 'bigint' ? Math.max(0, Number(literal)) : otherwise
}

const slicing: Estimate = ([list, start, end]) => {
  const length = integer(end, size(list).max) - integer(start, 0)
  return newList(1, sizeOf(length < 0 ? unknownSize.max : length))
}

const flattening: Estimate = ([list, depth]) =>
  newList(depth === undefined ? 1 : integer(depth, unknownSize.max), size(list))

export const sorting = ([list]: readonly Argument[], keys: CelType | undefined): CallCost => {
  const isLong = keys?.kind === 'string' || keys?.kind === 'bytes'
  const whole = size(list)
  return newList(2 + (isLong ? perCharacter : 0), multiplySizes(whole, whole))
}

/** What calls cost (k8s.io/apiserver/pkg/cel/library/cost.go and cel-go); functions of namespaces by the namespace, others cost 1. */
export const callCosts: Readonly<Record<string, Estimate>> = {
  isSorted: walking,
  sum: walking,
  max: walking,
  min: walking,
  indexOf: walking,
  lastIndexOf: walking,
  url: copying,
  lowerAscii: copying,
  upperAscii: copying,
  substring: copying,
  trim: copying,
  replace: replacing,
  split: splitting,
  join: joining,
  find: finding,
  findAll: finding,
  format: reading(0),
  startsWith: reading(1),
  endsWith: reading(1),
  contains: containing,
  isIP: reading(0),
  isCIDR: reading(0),
  cidr: reading(0),
  'Ip.isCanonical': reading(1, 2),
  containsIP: within(4),
  containsCIDR: within(7),
  quantity: reading(0),
  isQuantity: reading(0),
  semver: reading(0),
  isSemver: reading(0),
  validate: ([, text]) => ({
    cost: scale(scale(size(text).max, perCharacter), formatPattern * perPatternCharacter),
  }),
  'Strings.quote': ([, text]) => ({
    cost: scale(size(text).max, perCharacter),
    size: { min: size(text).min + 2, max: add(multiply(size(text).max, 2), 2) },
  }),
  'Sets.contains': pairs(1),
  'Sets.intersects': pairs(1),
  'Sets.equivalent': pairs(2),
  'Lists.range': ([, count]) => newList(1, sizeOf(integer(count, unknownSize.max))),
  slice: slicing,
  flatten: flattening,
  reverse: ([list]) => newList(1, size(list)),
  distinct: ([list]) => newList(2, multiplySizes(size(list), size(list))),
  sort: (args) => sorting(args, args[0]?.type.kind === 'list' ? args[0].type.item : undefined),
}

/** Calls whose cost depends on what they are called of. */
export function ofOverload(
  name: string,
  args: readonly Argument[],
  isMethod: boolean,
): CallCost | undefined {
  const [first] = args
  if (name === 'matches' && isMethod) return matching(args)
  if (name === 'ip' && !isMethod) return reading(0)(args)
  if (name === 'bytes' && first?.type.kind === 'string') {
    const { min, max } = size(first)
    return { cost: scale(max, perCharacter), size: { min, max: multiply(max, 4) } }
  }
  if (name === 'string' && first?.type.kind === 'bytes') {
    const { min, max } = size(first)
    return { cost: scale(max, perCharacter), size: { min: Math.floor(min / 4), max } }
  }
  return undefined
}

export const plainCall = constant(1)
