import { Duration } from '@marcbachmann/cel-js/evaluator'
import { ownName } from '../print.ts'
import { allMatches, matches } from '../../patterns.ts'
import { durationText, formatText, timestampText } from './format.ts'
import type { Library } from './library.ts'

function charAt(text: string, at: bigint): string {
  const characters = Array.from(text)
  if (at < 0n || at > characters.length) throw new Error(`index out of range: ${at}`)
  return characters[Number(at)] ?? ''
}

function substring(text: string, start: bigint, end?: bigint): string {
  const characters = Array.from(text)
  if (end !== undefined && start > end) {
    throw new Error(`invalid substring range. start: ${start}, end: ${end}`)
  }
  for (const at of [start, end ?? start]) {
    if (at < 0n || at > characters.length) throw new Error(`index out of range: ${at}`)
  }
  return characters.slice(Number(start), end === undefined ? undefined : Number(end)).join('')
}

/** Most characters that a replacement may make of a text: what is replaced may be everything, by everything. */
const longestReplacement = 10_000_000

/** The first ones only, unless `count` is negative. */
function replaced(text: string, sought: string, by: string, count = -1n): string {
  const places = sought === '' ? text.length + 1 : text.split(sought).length - 1
  const taken = count < 0n ? places : Math.min(places, Number(count))
  if (text.length + taken * by.length > longestReplacement) throw new Error('cost limit exceeded')
  if (count < 0n) return text.replaceAll(sought, () => by)
  let left = count
  return text.replaceAll(sought, (found) => (left-- > 0n ? by : found))
}

const escapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

const quote = (text: string): string =>
  `"${Array.from(text, (character) => escapes[character] ?? character).join('')}"`

function findAll(text: string, pattern: string, most: bigint): string[] {
  const found = allMatches(pattern, text)
  return most < 0n ? found : found.slice(0, Number(most))
}

/** `int(…)` of anything. Throws Error for what is no integer of 64 bits. */
function wholeOf(value: unknown): bigint {
  if (value instanceof Date) return BigInt(Math.floor(value.getTime() / 1000))
  if (value instanceof Duration) return nanosOf(value)
  if (typeof value === 'string' && !/^[+-]?\d+$/.test(value)) {
    throw new Error("type conversion error from 'string' to 'int'")
  }
  const isText = typeof value === 'string'
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('integer overflow')
  const whole = BigInt(typeof value === 'number' ? Math.trunc(value) : String(value))
  if (BigInt.asIntN(64, whole) === whole) return whole
  throw new Error(isText ? "type conversion error from 'string' to 'int'" : 'integer overflow')
}

/** In nanoseconds. */
const nanosOf = (value: Duration): bigint => value.seconds * 1_000_000_000n + BigInt(value.nanos)

const timestamp = 'google.protobuf.Timestamp'
const duration = 'google.protobuf.Duration'

class Strings {}

export const texts: Library = {
  functions: {
    'string.charAt(int): string': charAt,
    'string.replace(string, string): string': (text: string, sought: string, by: string) =>
      replaced(text, sought, by),
    'string.replace(string, string, int): string': replaced,
    'string.format(list<dyn>): string': formatText,
    'Strings.quote(string): string': (_: Strings, text: string) => quote(text),
    'string.find(string): string': (text: string, pattern: string) =>
      allMatches(pattern, text)[0] ?? '',
    'string.findAll(string): list<string>': (text: string, pattern: string) =>
      allMatches(pattern, text),
    'string.findAll(string, int): list<string>': findAll,
    'matches(string, string): bool': (text: string, pattern: string) => matches(pattern, text),
    [`string.${ownName('substring')}(int): string`]: (text: string, start: bigint) =>
      substring(text, start),
    [`string.${ownName('substring')}(int, int): string`]: substring,
    [`string.${ownName('matches')}(string): bool`]: (text: string, pattern: string) =>
      matches(pattern, text),
    [`string(${timestamp}): string`]: timestampText,
    [`string(${duration}): string`]: durationText,
    [`int(${timestamp}): int`]: wholeOf,
    [`int(${duration}): int`]: wholeOf,
    'int(uint): int': wholeOf,
    // The library takes an empty text for 0.
    [`${ownName('int')}(dyn): int`]: wholeOf,
    [`timestamp(${timestamp}): ${timestamp}`]: (time: Date) => time,
    [`duration(${duration}): ${duration}`]: (value: Duration) => value,
    [`duration(int): ${duration}`]: (nanos: bigint) =>
      new Duration(nanos / 1_000_000_000n, Number(nanos % 1_000_000_000n)),
  },
  types: [{ name: 'Strings', ctor: Strings }],
  namespaces: { strings: new Strings() },
}
