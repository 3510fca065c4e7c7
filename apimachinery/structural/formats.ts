import { isIP, isIPv4, isIPv6 } from 'node:net'

const time = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const hostname =
  /^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9_])?$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

const nanoseconds: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
}

const parts = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y

/** `1h30m`, `-1.5s`, as Go's time.ParseDuration; in nanoseconds, undefined for what is none. */
export function goDuration(text: string): bigint | undefined {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  if (rest === '0') return 0n
  let total = 0n
  for (let at = 0; at < rest.length || at === 0; at = parts.lastIndex) {
    parts.lastIndex = at
    const [, whole = '', fraction = '', unit = ''] = parts.exec(rest) ?? []
    if (whole + fraction === '') return undefined
    const factor = nanoseconds[unit] ?? 0n
    total += BigInt(whole || '0') * factor
    total += (BigInt(fraction || '0') * factor) / 10n ** BigInt(fraction.length)
  }
  if (BigInt.asIntN(64, total) !== total) return undefined
  return sign === '-' ? -total : total
}

/** Of each unit the names; a text that begins with the last of them is one too. */
const unitNames: readonly (readonly string[])[] = [
  ['ns', 'nano'],
  ['us', 'µs', 'micro'],
  ['ms', 'milli'],
  ['s', 'sec'],
  ['m', 'min'],
  ['h', 'hr', 'hour'],
  ['d', 'day'],
  ['w', 'wk', 'week'],
]

/** The format `duration`: Go's, or as `3 days 2 hours` (kube-openapi's strfmt.ParseDuration); in nanoseconds, undefined for what is none. */
export function durationOf(text: string): bigint | undefined {
  const known = goDuration(text)
  if (known !== undefined) return known
  let total: bigint | undefined
  for (const [, count = '0', word = ''] of text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)) {
    const unit = word.toLowerCase()
    for (const names of unitNames) {
      if (!names.includes(unit) && !unit.startsWith(names.at(-1) ?? '')) continue
      total = (total ?? 0n) + BigInt(count) * (nanoseconds[names[0] ?? ''] ?? 0n)
    }
  }
  return total === undefined ? undefined : BigInt.asIntN(64, total)
}

const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))

function isUri(text: string): boolean {
  try {
    return text !== '' && (text.startsWith('/') || new URL(text).href !== '')
  } catch {
    return false
  }
}

export function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/')
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  const family = isIP(address)
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128)
}

/** ISBN-10 and ISBN-13 by their last digit (ISO 2108). */
function isIsbn(text: string, length: 10 | 13): boolean {
  const digits = text.replace(/[\s-]+/g, '')
  if (!(length === 10 ? /^\d{9}[\dX]$/ : /^\d{13}$/).test(digits)) return false
  const weights = Array.from(digits, (digit, i) => {
    const value = digit === 'X' ? 10 : Number(digit)
    return length === 10 ? value * (i + 1) : value * (i % 2 === 0 ? 1 : 3)
  })
  return weights.reduce((sum, one) => sum + one, 0) % (length === 10 ? 11 : 10) === 0
}

/** By its digits, and by the last of them (ISO/IEC 7812-1, Luhn). */
function isCreditCard(text: string): boolean {
  const digits = text.replace(/\D+/g, '')
  if (!creditCard.test(digits)) return false
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, i) => {
      const value = Number(digit) * (i % 2 === 0 ? 1 : 2)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return sum % 10 === 0
}

const creditCard =
  /^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11})$/
const byteValue = '(?:0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])'
const rgb = new RegExp(`^rgb\\(\\s*${byteValue}\\s*,\\s*${byteValue}\\s*,\\s*${byteValue}\\s*\\)$`)

/** What a text must look like to be of a format that a Kubernetes server checks; other formats are annotations. */
const checks: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => time.test(text) && !Number.isNaN(Date.parse(text)),
  date: isDate,
  duration: (text) => durationOf(text) !== undefined,
  email: (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  hostname: (text) => text.length <= 255 && hostname.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  uri: isUri,
  uuid: (text) => uuid.test(text),
  uuid3: (text) => uuid.test(text),
  uuid4: (text) => uuid.test(text),
  uuid5: (text) => uuid.test(text),
  byte: (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  isbn: (text) => isIsbn(text, 10) || isIsbn(text, 13),
  isbn10: (text) => isIsbn(text, 10),
  isbn13: (text) => isIsbn(text, 13),
  creditcard: isCreditCard,
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  rgbcolor: (text) => rgb.test(text),
  password: () => true,
  mac: (text) => /^([0-9a-f]{2}[:-]){5}([0-9a-f]{2}[:-]?){1,3}$/i.test(text),
  'k8s-short-name': (text) => text.length <= 63 && label.test(text),
  'k8s-long-name': (text) =>
    text.length <= 253 && text.split('.').every((part) => label.test(part)),
}

/** Dashes in names of formats do not count. */
const normalized = (format: string): string => format.replaceAll('-', '')

const byName = new Map(Object.entries(checks).map(([name, check]) => [normalized(name), check]))

/** False for a text that is not of a format that is checked. */
export const hasFormat = (text: string, format: string): boolean =>
  byName.get(normalized(format))?.(text) ?? true

const numberFormats: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
}

/** False for a format that means nothing for values of a type. */
export const isKnownFormat = (format: string, type: string): boolean =>
  type === '' || type === 'string'
    ? byName.has(normalized(format))
    : (numberFormats[type]?.includes(format) ?? false)
