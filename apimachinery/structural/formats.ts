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

/** What a text must look like to be of a format that a Kubernetes server checks; other formats are annotations. */
const checks: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => time.test(text) && !Number.isNaN(Date.parse(text)),
  datetime: (text) => time.test(text),
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
  mac: (text) => /^([0-9a-f]{2}[:-]){5}([0-9a-f]{2}[:-]?){1,3}$/i.test(text),
  'k8s-short-name': (text) => text.length <= 63 && label.test(text),
  'k8s-long-name': (text) =>
    text.length <= 253 && text.split('.').every((part) => label.test(part)),
}

/** False for a text that is not of a format that is checked. */
export const hasFormat = (text: string, format: string): boolean =>
  !Object.hasOwn(checks, format) || checks[format]?.(text) === true
