import { expect, test } from 'vitest'
import type { JsonSchema } from '../json-schema.ts'
import { declaredType } from './declared-type.ts'
import { judgeRule } from './rules.ts'

const schema: JsonSchema = {
  type: 'object',
  properties: {
    n: { type: 'integer' },
    s: { type: 'string' },
    list: { type: 'array', maxItems: 5, items: { type: 'string' } },
    map: { type: 'object', additionalProperties: { type: 'integer' } },
    inner: { type: 'object', properties: { a: { type: 'integer' } } },
    timeout: { type: 'string', format: 'duration' },
    data: { type: 'string', format: 'byte' },
    any: { 'x-kubernetes-int-or-string': true },
    hidden: { 'x-kubernetes-preserve-unknown-fields': true },
    'a.b-c/d__e': { type: 'integer' },
    namespace: { type: 'string' },
    '1st': { type: 'string' },
  },
}

const judge = (rule: string, messageExpression = '', isOptional = false) => {
  const type = declaredType(schema, true)
  if (type === undefined) throw new Error('rules cannot see such values')
  const more = isOptional ? { optionalOldSelf: true } : {}
  return judgeRule({ rule, messageExpression, ...more }, type)
}

test.each([
  "self.n > 1 && self.s.startsWith('a')",
  'self.n < 1.5',
  'self.any == 1 || self.any == "a"',
  'self.inner == null && self.timeout != null',
  "self.timeout < duration('1h') && self.data == b'x'",
  'self.a__dot__b__dash__c__slash__d__underscores__e == 1',
  "self.__namespace__ == self.namespace && self.metadata.name != ''",
  'self.list.exists(x, x == self.s) && self.map.all(k, v, v > 1 && k != "")',
  'self.list.map(x, x.size()).sum() > 1',
  "self.?inner.?a.orValue(1) == 1 && self.map[?'a'].hasValue()",
  'optional.of(self.s).optMap(s, s.size()).value() == 1',
  '[].size() == 0 && [[], [1]].size() == 2 && {}.size() == 0',
  "'%s %d'.format([self.s, self.n]) == 'a 1'",
  'type(self.n) == int && type(self.timeout) == google.protobuf.Duration',
  'self.n >= oldSelf.n && has(oldSelf.inner.a)',
  'sets.contains(self.list, ["a"]) && ip.isCanonical(self.s)',
])('%s is a rule', (rule) => {
  expect(judge(rule)).toMatchObject({ error: undefined, messageError: undefined })
})

test.each([
  ["self.n > 'x'", "found no matching overload for '_>_' applied to '(int, string)'"],
  ['self.s + 1 == self.s', "found no matching overload for '_+_' applied to '(string, int)'"],
  ['self.n.size() > 1', "found no matching overload for 'size' applied to 'int.()'"],
  ['self.s == null', "found no matching overload for '_==_' applied to '(string, null)'"],
  ['self.timeout < "1h"', "'(google.protobuf.Duration, string)'"],
  ['self.none == 1', "undefined field 'none'"],
  ['has(self.inner.b)', "undefined field 'b'"],
  ['self.?none.hasValue()', "undefined field 'none'"],
  ['self.hidden == 1', "undefined field 'hidden'"],
  ['self.list.exists(x, x.y == 1)', "type 'string' does not support field selection"],
  ['self.list.all(x, x)', "applied to '(string)'"],
  ['self.s.all(x, true)', "type 'string' cannot be range of a comprehension"],
  ['self.list.all(1, true)', 'invalid predicate iteration variable'],
  ['self.list[self.s] == ""', "'(list(string), string)'"],
  ['self.map[0] == 1', "'(map(string, int), int)'"],
  ['self.list.sum() > 1', "found no matching overload for 'sum'"],
  ["'x' in self.n", "found no matching overload for '@in'"],
  ['self.n ? true : false', "found no matching overload for '_?_:_'"],
  ["[1, 'a'].size() > 0", "expected type 'int' but found 'string'"],
  ["{'a': 1, 'b': 'c'}.size() > 0", "expected type 'int' but found 'string'"],
  ['cel.bind(x, 1, x == 1)', "undeclared reference to 'cel'"],
  ['self.s.nothing()', "undeclared reference to 'nothing'"],
  ["self.s.__matches('a')", "undeclared reference to '__matches'"],
  ["self.s.matches('(')", 'missing closing )'],
  ["self.timeout > duration('x')", 'invalid duration argument'],
  ['self.s ==', 'Unexpected token'],
])('%s is none: %s', (rule, message) => {
  const { error } = judge(rule)
  expect(error).toMatch(/^compilation failed: /)
  expect(error).toContain(message)
})

test.each(['self.n', 'dyn(true)', "'true'", 'self.any'])('%s is no bool', (rule) => {
  expect(judge(rule).error).toBe('cel expression must evaluate to a bool')
})

test('messages are strings', () => {
  expect(judge('true', 'self.s + "!"').messageError).toBeUndefined()
  expect(judge('true', 'self.n').messageError).toBe('messageExpression must evaluate to a string')
  expect(judge('true', 'self.none').messageError).toContain("undefined field 'none'")
})

test('what was before is optional when a rule says so', () => {
  const rule = 'oldSelf.hasValue() && oldSelf.value().n == self.n'
  expect(judge(rule, '', true)).toMatchObject({ error: undefined, usesOldSelf: true })
  expect(judge(rule).error).toContain("overload for 'hasValue' applied to 'object.()'")
  expect(judge('oldSelf.n == 1', '', true).error).toContain(
    "applied to '(optional_type(int), int)'",
  )
})
