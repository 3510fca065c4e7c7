import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  type Quantity,
  quantityToNumber,
} from '../../../meta/quantity.ts'
import type { Equatable } from './equality.ts'
import type { Library } from './library.ts'

/** What rules compute with as quantity(…). */
class QuantityValue implements Equatable {
  readonly quantity: Quantity

  constructor(quantity: Quantity) {
    this.quantity = quantity
  }

  /** Whole, when it is one that 64 bits hold. */
  get whole(): bigint | undefined {
    const { nano } = this.quantity
    const value = nano / billion
    return nano % billion === 0n && BigInt.asIntN(64, value) === value ? value : undefined
  }

  equals(other: QuantityValue): boolean {
    return compareQuantities(this.quantity, other.quantity) === 0
  }

  plus(other: QuantityValue, sign: 1n | -1n = 1n): QuantityValue {
    const { nano, format } = other.quantity
    return new QuantityValue(addQuantities(this.quantity, { nano: nano * sign, format }))
  }
}

const billion = 1_000_000_000n

function quantityOf(text: string): QuantityValue {
  const quantity = parseQuantity(text)
  if (quantity !== undefined) return new QuantityValue(quantity)
  throw new Error(
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  )
}

const ofWhole = (value: bigint): QuantityValue =>
  new QuantityValue({ nano: value * billion, format: 'decimalExponent' })

function wholeOf(value: QuantityValue): bigint {
  if (value.whole === undefined) throw new Error('cannot convert value to integer')
  return value.whole
}

const compare = (a: QuantityValue, b: QuantityValue): number =>
  compareQuantities(a.quantity, b.quantity)

const signOf = (value: bigint): bigint => (value < 0n ? -1n : value > 0n ? 1n : 0n)

/** Semantic Versioning 2.0.0. */
class Semver implements Equatable {
  readonly parts: readonly bigint[]
  readonly prerelease: readonly string[]

  constructor(parts: readonly bigint[], prerelease: readonly string[]) {
    this.parts = parts
    this.prerelease = prerelease
  }

  equals(other: Semver): boolean {
    return this.compare(other) === 0
  }

  /** Build metadata have no order (semver.org, 10). */
  compare(other: Semver): number {
    for (const [i, part] of this.parts.entries()) {
      const against = other.parts[i] ?? 0n
      if (part !== against) return part < against ? -1 : 1
    }
    return comparePrereleases(this.prerelease, other.prerelease)
  }
}

/** A version with a prerelease is before the one without (semver.org, 11). */
function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length)
  for (const [i, one] of a.entries()) {
    const other = b[i]
    if (other === undefined) return 1
    if (one === other) continue
    const [left, right] = [one, other].map((text) => /^\d+$/.test(text))
    if (left === true && right === true) return BigInt(one) < BigInt(other) ? -1 : 1
    if (left !== right) return left === true ? -1 : 1
    return one < other ? -1 : 1
  }
  return a.length < b.length ? -1 : 0
}

const number = '(0|[1-9]\\d*)'
const identifier = '(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)'
const pattern = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
)

function semverOf(text: string): Semver {
  const found = pattern.exec(text)
  if (found === null) throw new Error(`Invalid semantic version: ${text}`)
  const [, major = '0', minor = '0', patch = '0', prerelease] = found
  return new Semver([major, minor, patch].map(BigInt), prerelease?.split('.') ?? [])
}

/** `v1.02` as 1.2.0: without the v, without leading zeros, with all three numbers. */
function normalized(text: string): string {
  const [, major = '', minor = '0', patch = '0', rest = ''] =
    /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(.*)$/s.exec(text) ?? []
  if (major === '') return text
  const numbers = [major, minor, patch].map((part) => part.replace(/^0+(?=\d)/, ''))
  return numbers.join('.') + rest
}

const asGiven = (text: string, isTolerant: boolean): Semver =>
  semverOf(isTolerant ? normalized(text) : text)

function isSemver(text: string, isTolerant = false): boolean {
  return pattern.test(isTolerant ? normalized(text) : text)
}

const part =
  (i: number) =>
  ({ parts }: Semver): bigint =>
    parts[i] ?? 0n

const quantityName = 'kubernetes.Quantity'
const semverName = 'kubernetes.Semver'

export const numbers: Library = {
  functions: {
    [`quantity(string): ${quantityName}`]: quantityOf,
    'isQuantity(string): bool': (text: string) => parseQuantity(text) !== undefined,
    [`sign(${quantityName}): int`]: ({ quantity }: QuantityValue) => signOf(quantity.nano),
    [`${quantityName}.isGreaterThan(${quantityName}): bool`]: (
      a: QuantityValue,
      b: QuantityValue,
    ) => compare(a, b) > 0,
    [`${quantityName}.isLessThan(${quantityName}): bool`]: (a: QuantityValue, b: QuantityValue) =>
      compare(a, b) < 0,
    [`${quantityName}.compareTo(${quantityName}): int`]: (a: QuantityValue, b: QuantityValue) =>
      BigInt(compare(a, b)),
    [`${quantityName}.asApproximateFloat(): double`]: ({ quantity }: QuantityValue) =>
      quantityToNumber(quantity),
    [`${quantityName}.asInteger(): int`]: wholeOf,
    [`${quantityName}.isInteger(): bool`]: ({ whole }: QuantityValue) => whole !== undefined,
    [`${quantityName}.add(${quantityName}): ${quantityName}`]: (
      a: QuantityValue,
      b: QuantityValue,
    ) => a.plus(b),
    [`${quantityName}.add(int): ${quantityName}`]: (a: QuantityValue, b: bigint) =>
      a.plus(ofWhole(b)),
    [`${quantityName}.sub(${quantityName}): ${quantityName}`]: (
      a: QuantityValue,
      b: QuantityValue,
    ) => a.plus(b, -1n),
    [`${quantityName}.sub(int): ${quantityName}`]: (a: QuantityValue, b: bigint) =>
      a.plus(ofWhole(b), -1n),
    [`semver(string): ${semverName}`]: semverOf,
    [`semver(string, bool): ${semverName}`]: asGiven,
    'isSemver(string): bool': (text: string) => isSemver(text),
    'isSemver(string, bool): bool': isSemver,
    [`${semverName}.isGreaterThan(${semverName}): bool`]: (a: Semver, b: Semver) =>
      a.compare(b) > 0,
    [`${semverName}.isLessThan(${semverName}): bool`]: (a: Semver, b: Semver) => a.compare(b) < 0,
    [`${semverName}.compareTo(${semverName}): int`]: (a: Semver, b: Semver) => BigInt(a.compare(b)),
    [`${semverName}.major(): int`]: part(0),
    [`${semverName}.minor(): int`]: part(1),
    [`${semverName}.patch(): int`]: part(2),
  },
  types: [
    { name: quantityName, ctor: QuantityValue },
    { name: semverName, ctor: Semver },
  ],
}
