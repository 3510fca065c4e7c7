import { isIP } from 'node:net'
import { Environment } from '@marcbachmann/cel-js'
import { compareQuantities, parseQuantity, type Quantity } from '../meta/quantity.ts'
import { isEqual } from '../patch/json-value.ts'
import { isCidr } from './formats.ts'
import { allMatches } from './patterns.ts'

type Comparable = bigint | number | string | boolean | Date

/** What rules compute with as quantity(…). */
class QuantityValue {
  readonly quantity: Quantity

  constructor(quantity: Quantity) {
    this.quantity = quantity
  }
}

function quantityOf(text: string): QuantityValue {
  const quantity = parseQuantity(text)
  if (quantity === undefined) {
    throw new Error(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    )
  }
  return new QuantityValue(quantity)
}

function isUrl(text: string): boolean {
  return URL.canParse(text)
}

const ordered = (list: Iterable<Comparable>): Comparable[] => [...list]

const extreme = (list: Iterable<Comparable>, sign: 1 | -1): Comparable => {
  const items = ordered(list)
  const [first] = items
  if (first === undefined) throw new Error(`${sign > 0 ? 'max' : 'min'} called on empty list`)
  return items.reduce((a, b) => ((sign > 0 ? b > a : b < a) ? b : a))
}

const sum = (list: Iterable<bigint | number>): bigint | number =>
  [...list].reduce<bigint | number>(
    (a, b) => (typeof a === 'bigint' && typeof b === 'bigint' ? a + b : Number(a) + Number(b)),
    0n,
  )

const indexOf = (list: Iterable<unknown>, item: unknown, isLast: boolean): bigint => {
  const items = [...list]
  const same = (one: unknown): boolean => isEqual(one, item)
  return BigInt(isLast ? items.findLastIndex(same) : items.findIndex(same))
}

/** The libraries that Kubernetes gives rules beside CEL's own: lists, regular expressions, URLs, addresses, quantities (kubernetes.io/docs, "CEL in Kubernetes"). */
export function createEnvironment(oldSelf: 'dyn' | 'optional<dyn>'): Environment {
  const env = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 20_000, maxDepth: 100 },
  })
  env.registerVariable('self', 'dyn').registerVariable('oldSelf', oldSelf)
  env
    .registerFunction('list<dyn>.isSorted(): bool', (list: Iterable<Comparable>) =>
      ordered(list).every((one, i, all) => i === 0 || (all[i - 1] as Comparable) <= one),
    )
    .registerFunction('list<dyn>.sum(): dyn', sum)
    .registerFunction('list<dyn>.min(): dyn', (list: Iterable<Comparable>) => extreme(list, -1))
    .registerFunction('list<dyn>.max(): dyn', (list: Iterable<Comparable>) => extreme(list, 1))
    .registerFunction('list<dyn>.indexOf(dyn): int', (list: Iterable<unknown>, item: unknown) =>
      indexOf(list, item, false),
    )
    .registerFunction('list<dyn>.lastIndexOf(dyn): int', (list: Iterable<unknown>, item: unknown) =>
      indexOf(list, item, true),
    )
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) =>
      text.charAt(Number(at)),
    )
    .registerFunction('string.replace(string, string): string', (t: string, a: string, b: string) =>
      t.replaceAll(a, b),
    )
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => allMatches(pattern, text)[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      allMatches(pattern, text),
    )
    .registerFunction('isURL(string): bool', isUrl)
    .registerFunction('isIP(string): bool', (text: string) => isIP(text) !== 0)
    .registerFunction('isCIDR(string): bool', isCidr)
    .registerFunction(
      'isQuantity(string): bool',
      (text: string) => parseQuantity(text) !== undefined,
    )
    .registerType('kubernetes.Quantity', { ctor: QuantityValue, fields: {} })
    .registerFunction('quantity(string): kubernetes.Quantity', quantityOf)
  const compares: readonly (readonly [string, (order: number) => boolean])[] = [
    ['isGreaterThan', (order) => order > 0],
    ['isLessThan', (order) => order < 0],
  ]
  for (const [name, test] of compares) {
    env.registerFunction(
      `kubernetes.Quantity.${name}(kubernetes.Quantity): bool`,
      (a: QuantityValue, b: QuantityValue) => test(compareQuantities(a.quantity, b.quantity)),
    )
  }
  return env.registerFunction(
    'kubernetes.Quantity.compareTo(kubernetes.Quantity): int',
    (a: QuantityValue, b: QuantityValue) => BigInt(compareQuantities(a.quantity, b.quantity)),
  )
}
