import { describe, expect, test } from 'vitest'
import type { JsonSchema, ValidationRule } from '../json-schema.ts'
import { validateRules } from './validate-rules.ts'

const withRules = (
  schema: JsonSchema,
  ...rules: readonly (string | ValidationRule)[]
): JsonSchema => ({
  ...schema,
  'x-kubernetes-validations': rules.map((rule) => (typeof rule === 'string' ? { rule } : rule)),
})

/** What is said of a field `f` with these rules. */
function said(schema: JsonSchema, value: unknown, old?: unknown): string[] {
  const whole: JsonSchema = { type: 'object', properties: { f: schema } }
  const before = old === undefined ? undefined : { f: old }
  return validateRules(whole, { f: value }, before).map(
    ({ field, message }) => `${field}: ${message}`,
  )
}

const duration: JsonSchema = { type: 'string', format: 'duration' }
const text: JsonSchema = { type: 'string' }
const texts: JsonSchema = { type: 'array', items: text }

// More of these are compared with a kube-apiserver: test/e2e/differential/crd/evaluations.ts.
test.each<[JsonSchema, rule: string, good: unknown, bad: unknown]>([
  [duration, "self < duration('1h')", '59m', '1h'],
  [duration, 'self.getSeconds() == 90', '1m30s', '1m'],
  [duration, "self == duration('72h')", '3 days', '2 days'],
  [
    { type: 'string', format: 'date' },
    "self > timestamp('2020-01-01T00:00:00Z')",
    '2020-01-02',
    '2019-01-01',
  ],
  [{ type: 'string', format: 'byte' }, "self == b'abc'", 'YWJj', 'YWJk'],
  [{ type: 'number' }, 'self == 2.0', 2, 3],
  [text, "self.matches('^(a+)+$')", 'aaaa', `${'a'.repeat(60)}b`],
  [text, "self.substring(1, 2) == 'é'", 'aéb', 'abé'],
  [text, "'%s-%d-%.1f'.format([self, 1, 2.0]) == 'a-1-2.0'", 'a', 'b'],
  [text, "cidr('10.0.0.0/8').containsIP(self)", '10.1.2.3', '11.0.0.1'],
  [text, "semver(self).isLessThan(semver('1.10.0'))", '1.9.0', '1.10.0'],
  [text, "url(self).getPort() == '443'", 'https://a.test:443/', 'https://a.test/'],
  [text, "has({'a': {'b': 1}}[self].b)", 'a', 'b'],
  [text, "(self) == ('a') && !((self) != ('a'))", 'a', 'b'],
  [texts, 'self.sortBy(x, x.size())[0] == self[0]', ['a', 'bb'], ['bb', 'a']],
  [
    texts,
    "self.transformList(i, x, '%d%s'.format([i, x])) == ['0a', '1b']",
    ['a', 'b'],
    ['b', 'a'],
  ],
  [
    { type: 'object', additionalProperties: text },
    'self.all(k, v, k == v)',
    { a: 'a' },
    { a: 'b' },
  ],
  [
    { type: 'object', properties: { namespace: text } },
    "self.namespace == 'a'",
    { namespace: 'a' },
    { namespace: 'b' },
  ],
])('%o keeps %s', (schema, rule, good, bad) => {
  expect(said(withRules(schema, rule), good)).toEqual([])
  expect(said(withRules(schema, rule), bad)).toHaveLength(1)
})

describe('what was before', () => {
  const set = withRules({ ...texts, 'x-kubernetes-list-type': 'set' }, 'self == oldSelf')
  const byKey = withRules(
    {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: withRules(
        { type: 'object', properties: { k: text, v: { type: 'integer' } } },
        'self.v >= oldSelf.v',
      ),
    },
    'self == oldSelf',
  )

  test('the order of a set and of a list by key does not count', () => {
    expect(said(set, ['b', 'a'], ['a', 'b'])).toEqual([])
    expect(said(set, ['b', 'c'], ['a', 'b'])).toHaveLength(1)
    const [a, b] = [
      { k: 'a', v: 1 },
      { k: 'b', v: 2 },
    ]
    expect(said(byKey, [b, a], [a, b])).toEqual([])
    expect(said(byKey, [{ k: 'b', v: 1 }, a], [a, b])).toHaveLength(2)
    expect(said(withRules(texts, 'self == oldSelf'), ['b', 'a'], ['a', 'b'])).toHaveLength(1)
  })

  test('what is added to a set is there once', () => {
    const grown = { ...texts, 'x-kubernetes-list-type': 'set' } as const
    const rule = "self + ['b', 'c'] == ['c', 'b', 'a'] && (self + ['c'])[0] == self[0]"
    expect(said(withRules(grown, rule), ['a', 'b'])).toEqual([])
    expect(said(withRules(texts, rule), ['a', 'b'])).toHaveLength(1)
  })

  test('rules about it wait for it, but for those that take it as optional', () => {
    expect(said(withRules(text, 'self == oldSelf'), 'a')).toEqual([])
    const rule = { rule: "oldSelf.hasValue() || self == 'a'", optionalOldSelf: true }
    expect(said(withRules(text, rule), 'a')).toEqual([])
    expect(said(withRules(text, rule), 'b')).toHaveLength(1)
    expect(said(withRules(text, rule), 'b', 'a')).toEqual([])
  })
})

describe('what is said', () => {
  const inner: JsonSchema = {
    type: 'object',
    properties: {
      a: { type: 'integer' },
      'x.y': text,
      m: { type: 'object', additionalProperties: text },
    },
  }

  test.each<[ValidationRule, string]>([
    [{ rule: 'false' }, 'f: Invalid value: failed rule: false'],
    [{ rule: 'false', message: 'no' }, 'f: Invalid value: no'],
    [
      { rule: 'false', messageExpression: "'a is %d'.format([self.a])" },
      'f: Invalid value: a is 1',
    ],
    [
      { rule: 'false', message: 'no', messageExpression: "'a'.substring(5)" },
      'f: Invalid value: no',
    ],
    [{ rule: 'false', reason: 'FieldValueForbidden' }, 'f: Forbidden: failed rule: false'],
    [{ rule: 'false', reason: 'FieldValueDuplicate' }, 'f: Duplicate value'],
    [{ rule: 'false', fieldPath: '.a' }, 'f.a: Invalid value: failed rule: false'],
    [{ rule: 'false', fieldPath: "['x.y']" }, 'f.x.y: Invalid value: failed rule: false'],
    [{ rule: 'false', fieldPath: '.m.k' }, 'f.m[k]: Invalid value: failed rule: false'],
    [
      { rule: '1 / (self.a - 1) > 0' },
      'f: Invalid value: "object": division by zero evaluating rule: 1 / (self.a - 1) > 0',
    ],
    [
      { rule: "self.m.k == 'a' && int('x') == 1" },
      `f: Invalid value: "object": no such key: m evaluating rule: self.m.k == 'a' && int('x') == 1`,
    ],
  ])('%o', (rule, message) => {
    expect(said(withRules(inner, rule), { a: 1 })).toEqual([message])
  })

  test('values of maps are named by their keys', () => {
    const map = { type: 'object', additionalProperties: withRules(text, "self == 'x'") } as const
    expect(said(map, { 'a.b': 'y' })).toEqual([
      `f[a.b]: Invalid value: "y": failed rule: self == 'x'`,
    ])
  })
})

test('a rule that would walk too far is not evaluated', () => {
  const list = withRules(texts, 'self.all(a, self.all(b, self.all(c, a + b != c)))')
  const values = Array.from({ length: 1000 }, (_, i) => String(i))
  expect(said(list, values)[0]).toContain('running out of cost budget')
})

test('a text that a rule would make endless is not made', () => {
  const endless = withRules(text, "self.replace('', self).size() > 0")
  expect(said(endless, 'ab')).toEqual([])
  expect(said(endless, 'a'.repeat(10_000))[0]).toContain('cost limit exceeded')
})
