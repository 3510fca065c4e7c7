import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { isObject } from '../../../patch/json-value.ts'

const defaultPrecision = 6

/** A duration in seconds, a time as RFC 3339: what string(…) gives. */
export const durationText = (value: Duration): string =>
  `${Number(value.seconds) + value.nanos / 1e9}s`
export const timestampText = (value: Date): string => value.toISOString().replace(/\.?0*Z$/, 'Z')

const isWhole = (value: unknown): value is bigint | UnsignedInt =>
  typeof value === 'bigint' || value instanceof UnsignedInt

/** As `%s` shows a value. */
function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return timestampText(value)
  if (value instanceof Duration) return durationText(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString()
  if (Array.isArray(value)) return `[${value.map(quoted).join(', ')}]`
  if (isObject(value)) {
    const entries = Object.entries(value).map(
      ([key, one]) => `${JSON.stringify(key)}:${quoted(one)}`,
    )
    return `{${entries.sort().join(', ')}}`
  }
  return String(value)
}

/** As a value is shown inside of a list or a map. */
function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Date) return `timestamp(${JSON.stringify(shown(value))})`
  if (value instanceof Duration) return `duration(${JSON.stringify(shown(value))})`
  if (value instanceof Uint8Array) return `b${JSON.stringify(shown(value))}`
  return typeof value === 'number' ? value.toFixed(defaultPrecision) : shown(value)
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹'

function scientific(value: number, precision: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential(precision).split('e')
  const digits = exponent.replace(/^[+-]/, '').padStart(2, '0')
  const raised = digits.replace(/\d/g, (digit) => superscripts[Number(digit)] ?? '')
  return `${mantissa}\u202f×\u202f10${exponent.startsWith('-') ? '⁻' : ''}${raised}`
}

function fixed(value: number, precision: number): string {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: precision,
    maximumFractionDigits: precision,
  })
}

const wrong = (what: string): Error => new Error(`error during formatting: ${what}`)

function inBase(value: unknown, base: number): string {
  if (isWhole(value)) return value.valueOf().toString(base)
  throw wrong('only integers can be formatted so')
}

function hexadecimal(value: unknown): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : inBase(value, 16)
}

function clause(kind: string, value: unknown, precision: number): string {
  switch (kind) {
    case 's':
      return shown(value)
    case 'd':
      return inBase(value, 10)
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : inBase(value, 2)
    case 'o':
      return inBase(value, 8)
    case 'x':
      return hexadecimal(value)
    case 'X':
      return hexadecimal(value).toUpperCase()
    case 'e':
    case 'f':
      if (typeof value !== 'number') throw wrong('only doubles can be formatted so')
      return kind === 'f' ? fixed(value, precision) : scientific(value, precision)
    default:
      throw new Error(`could not parse formatting clause: unrecognized formatting clause "${kind}"`)
  }
}

const clausePattern = /%(?:%|(?:\.(\d+))?([a-zA-Z])|.?)/gs

/** The kinds of the clauses of a text, without `%%`. Throws Error for what is no clause. */
export const clausesOf = (text: string): string[] =>
  Array.from(text.matchAll(clausePattern))
    .filter(([found]) => found !== '%%')
    .map(([, , kind]) => {
      if (kind === undefined || !'sdfebxXo'.includes(kind)) {
        throw new Error('could not parse formatting clause')
      }
      return kind
    })

/** `'%s has %d'.format([name, count])` (ext.Strings of cel-go). Throws Error for what does not fit. */
export function formatText(text: string, values: Iterable<unknown>): string {
  const given = [...values]
  let next = 0
  return text.replace(clausePattern, (found, precision?: string, kind?: string) => {
    if (found === '%%') return '%'
    if (kind === undefined) throw new Error('could not parse formatting clause')
    if (next >= given.length) throw new Error(`index ${next} out of range`)
    const digits = precision === undefined ? defaultPrecision : Math.min(100, Number(precision))
    return clause(kind, given[next++], digits)
  })
}
