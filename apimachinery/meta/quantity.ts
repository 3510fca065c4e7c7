/** resource.Quantity: `amount · 10^-9`, exact, and how it was written. */
export interface Quantity {
  /** In billionths (nano), the finest that Kubernetes keeps. */
  readonly nano: bigint
  readonly format: 'decimalSI' | 'binarySI' | 'decimalExponent'
}

const nanoDigits = 9
const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const pattern = /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/
/** Binary amounts beyond ±(2^63 − 1) are cut down to it, as Kubernetes does. */
const mostBinary = (2n ** 63n - 1n) * 10n ** 9n

const power = (base: bigint, exponent: number): bigint => base ** BigInt(exponent)

/** Divides away from zero: what is finer than nano is rounded up. */
const divideUp = (value: bigint, by: bigint): bigint => (value + by - 1n) / by

const maxKnown = 1000
/** The same few amounts stand in most objects. */
const known = new Map<string | number, Quantity | undefined>()

/** Parses `100m`, `1.5Gi`, `1e3`, `0.1`. Undefined for what is no quantity. */
export function parseQuantity(text: string | number): Quantity | undefined {
  const before = known.get(text)
  if (before !== undefined || known.has(text)) return before
  if (known.size >= maxKnown) known.clear()
  const quantity = parse(String(text))
  known.set(text, quantity)
  return quantity
}

function parse(text: string): Quantity | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, sign, number = '', suffix = ''] = match
  const [whole = '', fraction = ''] = number.split('.')
  const digits = BigInt(`${whole}${fraction}` || '0')
  const binary = binarySuffixes.indexOf(suffix)
  const isExponent = /^[eE][+-]?\d/.test(suffix)
  const exponent = isExponent ? Number(suffix.slice(1)) : (decimalExponents[suffix] ?? 0)
  if (Math.abs(exponent) > 100) return undefined
  const factor = binary < 0 ? 1n : power(1024n, binary + 1)
  const shift = (binary < 0 ? exponent : 0) + nanoDigits - fraction.length
  const scaled = digits * factor
  const size = shift >= 0 ? scaled * power(10n, shift) : divideUp(scaled, power(10n, -shift))
  const nano = binary >= 0 && size > mostBinary ? mostBinary : size
  return {
    nano: sign === '-' ? -nano : nano,
    format: binary >= 0 ? 'binarySI' : isExponent ? 'decimalExponent' : 'decimalSI',
  }
}

export const compareQuantities = (a: Quantity, b: Quantity): number =>
  a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0

/** The sum, written as the first is. */
export const addQuantities = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano + b.nano,
  format: a.nano === 0n ? b.format : a.format,
})

const milli = 1_000_000n

/** In whole thousandths, away from zero. */
export const roundedUp = ({ nano, format }: Quantity): Quantity => {
  const rest = nano % milli
  const more = rest === 0n ? 0n : nano < 0n ? -milli : milli
  return { nano: nano - rest + more, format }
}

/** As a floating point number; 1.5Gi is 1610612736. */
export const quantityToNumber = ({ nano }: Quantity): number => Number(nano) / 1e9

/** The canonical form: no fraction, the largest suffix that allows that. */
export function formatQuantity(quantity: Quantity): string {
  const { nano, format } = quantity
  if (nano === 0n) return '0'
  const sign = nano < 0n ? '-' : ''
  const size = nano < 0n ? -nano : nano
  const unit = power(10n, nanoDigits)
  // Below 1024, and with a fraction, a binary quantity is written as a decimal one.
  if (format === 'binarySI' && size % unit === 0n && size >= 1024n * unit)
    return sign + formatBinary(size / unit)
  return sign + formatDecimal(size, format)
}

function formatBinary(amount: bigint): string {
  let value = amount
  let suffix = ''
  for (const next of binarySuffixes) {
    if (value % 1024n !== 0n) break
    value /= 1024n
    suffix = next
  }
  return `${value}${suffix}`
}

function formatDecimal(nano: bigint, format: Quantity['format']): string {
  let value = nano
  let exponent = -nanoDigits
  const largest = format === 'decimalExponent' ? Infinity : 18
  while (exponent < largest && value % 1000n === 0n) {
    value /= 1000n
    exponent += 3
  }
  if (format === 'decimalExponent') return exponent === 0 ? `${value}` : `${value}e${exponent}`
  const suffix = Object.keys(decimalExponents).find((key) => decimalExponents[key] === exponent)
  return `${value}${suffix ?? ''}`
}
