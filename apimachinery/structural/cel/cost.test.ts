import { describe, expect, test } from 'vitest'
import type { JsonSchema } from '../json-schema.ts'
import { declaredType } from './declared-type.ts'
import { judgeRule } from './rules.ts'

function costOf(schema: JsonSchema, rule: string): number {
  const type = declaredType(schema)
  if (type === undefined) throw new Error('rules cannot see such values')
  const report = judgeRule({ rule }, type)
  expect(report.error).toBeUndefined()
  return report.cost
}

type Made = (most?: number) => JsonSchema

const limit = (field: string, most: number | undefined): JsonSchema =>
  most === undefined ? {} : { [field]: most }

const item = (name: string): JsonSchema => {
  if (name === 'int-or-string') return { 'x-kubernetes-int-or-string': true }
  if (['duration', 'date', 'date-time'].includes(name)) return { type: 'string', format: name }
  return { type: name as NonNullable<JsonSchema['type']> }
}

const listOf =
  (of: JsonSchema): Made =>
  (most) => ({ type: 'array', items: of, ...limit('maxItems', most) })
const mapOf =
  (of: JsonSchema): Made =>
  (most) => ({ type: 'object', additionalProperties: of, ...limit('maxProperties', most) })
const text: Made = (most) => ({ type: 'string', ...limit('maxLength', most) })
const bytes: Made = (most) => ({ ...text(most), format: 'byte' })
const inner: JsonSchema = {
  type: 'object',
  required: ['required'],
  properties: { required: { type: 'string' }, optional: { type: 'string' } },
}
const words: Made = (most) => ({ ...text(most), enum: ['A', 'B', 'C', 'LongValue'] })

// The figures of kube-apiserver's own tests: TestCostEstimation of k8s.io/apiextensions-apiserver, without limits and with one.
test.each<[Made, string, free: number, most: number, limited: number]>([
  [listOf(item('number')), 'self.all(x, true)', 4718591, 10, 32],
  [listOf(item('string')), 'self.all(x, true)', 3145727, 20, 62],
  [listOf(item('boolean')), 'self.all(x, true)', 1887437, 5, 17],
  [listOf(listOf(item('number'))()), 'self.all(x, true)', 3145727, 100, 302],
  [listOf(inner), 'self.all(x, true)', 555128, 50, 152],
  [mapOf(item('number')), 'self.all(x, true)', 1348169, 10, 32],
  [mapOf(item('string')), 'self.all(x, true)', 1179647, 3, 11],
  [mapOf(item('boolean')), 'self.all(x, true)', 943718, 100, 302],
  [mapOf(inner), 'self.all(x, true)', 428963, 20, 62],
  [mapOf(mapOf(item('number'))()), 'self.all(x, true)', 1179647, 10, 32],
  [mapOf(item('duration')), 'self.all(x, true)', 1048577, 5, 17],
  [mapOf(item('date')), 'self.all(x, true)', 524288, 10, 32],
  [mapOf(item('date-time')), 'self.all(x, true)', 349526, 25, 77],
  [listOf(item('duration')), 'self[0].getHours() == 2', 4, 525, 4],
  [listOf(item('date-time')), 'self.all(x, true)', 428963, 25, 77],
  [listOf(item('int-or-string')), 'self[0] == 5', 3, 10, 3],
  [listOf(item('number')), 'self[1] == 0.0', 2, 5000, 2],
  [listOf(item('string')), 'self[1] == self[1]', 314577, 8, 314577],
  [listOf(item('number')), 'self.all(x, x == 0.0)', 6291454, 3 * 1024 * 2048, 25165826],
  [listOf(listOf(item('number'))()), 'self[0][0] == -1.0', 3, 51, 3],
  [listOf(inner), 'self[0] == null', 2, 422, 2],
  [mapOf(item('integer')), 'oldSelf.size() == self.size()', 5, 10, 5],
  [mapOf(item('date-time')), 'self["a"] == self["b"]', 8, 7, 8],
  [text, "self.contains('test')", 314574, 10, 5],
  [text, "self.startsWith('test')", 2, 15, 2],
  [text, 'size(self + "hello") > size("hello")', 314578, 4, 7],
  [text, 'self.matches("x")', 314574, 50, 22],
  [text, '"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7],
  [text, "self.find('[0-9]+') == ''", 629147, 10, 11],
  [text, "self.lowerAscii() == 'lower!'", 314575, 10, 6],
  [text, 'self == "x"', 2, 0, 1],
  [bytes, 'self == b"x"', 2, 0, 1],
  [words, "self.contains('A')", 2, 1000, 401],
])('%o %s costs %i, and with a limit of %i %i', (made, rule, free, most, limited) => {
  expect(costOf(made(), rule)).toBe(free)
  expect(costOf(made(most), rule)).toBe(limited)
})

describe('loops in loops', () => {
  test.each([
    ['self.all(x, self.all(y, true))', 352],
    ['self.all(x, self.all(y, self.all(z, true)))', 3552],
  ])('%s', (rule, limited) => {
    const numbers = listOf(item('number'))
    expect(costOf(numbers(), rule)).toBeGreaterThan(10_000_000)
    expect(costOf(numbers(10), rule)).toBe(limited)
  })
})
