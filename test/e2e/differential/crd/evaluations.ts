import type { JsonObject } from '#apimachinery/meta/object-meta.ts'

type Case = readonly [
  schema: JsonObject,
  rules: string | readonly string[],
  values: readonly unknown[],
]

const text: JsonObject = { type: 'string', maxLength: 60 }
const integer: JsonObject = { type: 'integer' }
const texts: JsonObject = { type: 'array', maxItems: 10, items: text }
const integers: JsonObject = { type: 'array', maxItems: 10, items: integer }
const duration: JsonObject = { type: 'string', format: 'duration' }
const time: JsonObject = { type: 'string', format: 'date-time' }
const labels: JsonObject = { type: 'object', maxProperties: 10, additionalProperties: text }
const pair: JsonObject = {
  type: 'object',
  properties: { a: text, b: text, n: integer, d: { type: 'number' } },
}

/** Rules of one field, and values that keep or break them. */
const cases: readonly Case[] = [
  [duration, `self < duration('1h')`, ['30m', '1h', '2h', '90s', '-5m', '3 days', 'never']],
  [duration, `self.getSeconds() > 60 && self.getHours() < 10`, ['30s', '61s', '10h', '1h1m1s']],
  [
    duration,
    `self.getMilliseconds() == 1500 || self + self > duration('1m')`,
    ['1.5s', '1s', '40s'],
  ],
  [duration, `string(self) == '90s'`, ['1m30s', '90s', '91s', '1.5s']],
  [duration, `self - duration('1h') < duration('-30m')`, ['10m', '45m', '1ns']],
  [
    time,
    `self > timestamp('2020-01-01T00:00:00Z')`,
    ['2021-01-01T00:00:00Z', '2019-01-01T00:00:00Z', '2020-01-01T00:00:00+01:00'],
  ],
  [
    time,
    `self.getFullYear() == 2020 && self.getMonth() == 0 && self.getDayOfMonth() == 1 && self.getDate() == 2 && self.getDayOfWeek() == 4 && self.getDayOfYear() == 1`,
    ['2020-01-02T03:04:05Z', '2020-01-03T03:04:05Z'],
  ],
  [
    time,
    `self.getHours('+02:00') == 5 && self.getMinutes() == 4 && self.getSeconds() == 5 && self.getMilliseconds() == 0`,
    ['2020-01-02T03:04:05Z', '2020-01-02T04:04:05Z'],
  ],
  [
    time,
    `string(self) == '2020-01-02T03:04:05Z' && int(self) == 1577934245`,
    ['2020-01-02T03:04:05Z', '2020-01-02T03:04:05.5Z'],
  ],
  [
    time,
    `self + duration('24h') > timestamp('2020-01-03T00:00:00Z') && self - timestamp('2020-01-01T00:00:00Z') < duration('48h')`,
    ['2020-01-02T03:04:05Z', '2020-01-04T03:04:05Z'],
  ],
  [
    { type: 'string', format: 'date' },
    `self >= timestamp('2020-01-01T00:00:00Z')`,
    ['2020-01-01', '2019-12-31'],
  ],
  [
    { type: 'string', format: 'byte' },
    `self == b'abc' && self.size() == 3 && string(self) == 'abc'`,
    ['YWJj', 'YWJk'],
  ],
  [
    { 'x-kubernetes-int-or-string': true },
    `type(self) == int ? self > 1 : self.endsWith('%')`,
    [0, 2, '5', '5%'],
  ],
  [{ type: 'number' }, `self > 1 && self < 2.5`, [1, 1.5, 2, 3]],
  [{ type: 'number' }, `self == 2.0`, [2, 2.5]],
  [integer, `self % 2 == 0 && self / 2 > 1 && -self < 0`, [4, 5, 2]],
  [integer, `10 / self > 1`, [2, 0]],
  [integer, `self + 9223372036854775807 > 0`, [0, 1]],
  [{ type: 'string', nullable: true }, `self != 'x'`, ['x', 'y', null]],
  [text, `self.matches('^[a-z]+$')`, ['abc', 'ABC', 'aé']],
  [text, `self.matches('(a+)+$')`, ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab']],
  [text, `self.matches('^\\\\p{L}+$')`, ['aé', '1']],
  [text, `self.size() == 2`, ['ab', 'é€', '😀a', 'abc']],
  [
    text,
    `self.charAt(1) == 'b' && self.indexOf('b') == 1 && self.lastIndexOf('b') == 1`,
    ['ab', 'ba', 'a'],
  ],
  [text, `self.substring(1, 3) == 'bc'`, ['abcd', 'a', 'xbcd']],
  [
    text,
    `self.split(',').size() == 2 && self.split(',', 1).size() == 1 && self.split('', 2).size() == 2`,
    ['a,b', 'a'],
  ],
  [
    text,
    `self.replace('a', 'b', 1) == 'bab' && self.replace('a', '$&') == '$&$&b'`,
    ['aab', 'bab'],
  ],
  [
    text,
    `self.find('[0-9]+') == '12' && self.findAll('[0-9]+') == ['12', '3'] && self.findAll('[0-9]+', 1) == ['12']`,
    ['a12b3', 'a12'],
  ],
  [
    text,
    `self.lowerAscii() == 'abc' && self.upperAscii() == 'ABC' && self.trim() == self`,
    ['aBc', 'aBc ', 'É'],
  ],
  [
    text,
    `'%s is %d of %.2f, %x %o %b %e'.format([self, 3, 1.5, 255, 8, 5, 1234.5]) == 'a is 3 of 1.50, ff 10 101 1.234500 × 10⁰³'`,
    ['a', 'b'],
  ],
  [
    text,
    `'%s %s %s %s'.format([[1, 2], {'a': 'b'}, duration('1h'), true]) == self`,
    ['[1, 2] {"a":"b"} 3600s true', 'x'],
  ],
  [text, `strings.quote(self) == '"a\\\\n"'`, ['a\n', 'a']],
  [
    text,
    `isURL(self) && url(self).getScheme() == 'https' && url(self).getHost() == 'a.test:443' && url(self).getHostname() == 'a.test' && url(self).getPort() == '443' && url(self).getEscapedPath() == '/p%20q' && url(self).getQuery()['x'] == ['1', '2']`,
    ['https://a.test:443/p%20q?x=1&x=2', 'https://a.test/', 'a', '/p', ''],
  ],
  [
    text,
    `url(self).getHostname() == '::1' && url(self).getHost() == '[::1]:80'`,
    ['http://[::1]:80/', 'http://::1/'],
  ],
  [
    text,
    `isIP(self) && ip(self).family() == 4 && !ip(self).isLoopback()`,
    ['10.0.0.1', '127.0.0.1', '::1', 'x', '010.0.0.1', '::ffff:1.2.3.4'],
  ],
  [
    text,
    `ip(self).isLinkLocalUnicast() || ip(self).isUnspecified() || ip(self).isLinkLocalMulticast()`,
    ['169.254.0.1', 'fe80::1', '0.0.0.0', '224.0.0.1', 'ff02::1', '8.8.8.8', 'x'],
  ],
  [
    text,
    `ip.isCanonical(self) && ip(self).isGlobalUnicast() && string(ip(self)) == self`,
    ['2001:db8::1', '2001:0db8::1', '10.0.0.1', '255.255.255.255'],
  ],
  [
    text,
    `isCIDR(self) && cidr(self).containsIP('10.1.2.3') && cidr(self).containsCIDR('10.1.0.0/16') && cidr(self).prefixLength() == 8`,
    ['10.0.0.0/8', '10.0.0.0/16', '10.1.2.3/8', 'x', '10.0.0.0/33'],
  ],
  [
    text,
    `cidr(self).masked() == cidr(self) && cidr(self).ip() == ip('10.0.0.0') && string(cidr(self)) == '10.0.0.0/8'`,
    ['10.0.0.0/8', '10.1.2.3/8'],
  ],
  [
    text,
    `isQuantity(self) && quantity(self).isGreaterThan(quantity('1Ki')) && quantity(self).isLessThan(quantity('1Gi'))`,
    ['1Mi', '1', '2Gi', 'x', '1500'],
  ],
  [
    text,
    `quantity(self).add(quantity('1k')).sub(1).compareTo(quantity('1999')) == 0`,
    ['1k', '2k', '1000'],
  ],
  [
    text,
    `quantity(self).isInteger() && quantity(self).asInteger() == 1024 && sign(quantity(self)) == 1`,
    ['1Ki', '1024', '1500m', '-1Ki'],
  ],
  [
    text,
    `quantity(self).asApproximateFloat() == 1.5 && quantity(self) == quantity('1500m')`,
    ['1.5', '1500m', '1'],
  ],
  [
    text,
    `isSemver(self) && semver(self).isGreaterThan(semver('1.2.3')) && semver(self).major() == 1 && semver(self).minor() > 1 && semver(self).patch() > 0`,
    ['1.2.4', '1.2.4-rc.1', '1.2.3-rc.1', '2.0.0', 'v1.2.4', '1.2', '1.02.4', '1.10.1+build'],
  ],
  [
    text,
    `semver(self, true).compareTo(semver('1.2.0')) == 0 && isSemver(self, true)`,
    ['v1.2', '1.02', '1.2.0', '1.2.0-a', 'x', '1.2.1'],
  ],
  [text, `!format.dns1123Label().validate(self).hasValue()`, ['abc', 'ABC', 'a.b']],
  [
    text,
    `format.dns1123Subdomain().validate(self).orValue([]).size() == 0 && !format.named('qualifiedName').value().validate(self).hasValue() && !format.named('none').hasValue()`,
    ['a.b', 'A'],
  ],
  [
    text,
    `!format.uuid().validate(self).hasValue() || !format.date().validate(self).hasValue() || !format.datetime().validate(self).hasValue() || !format.uri().validate(self).hasValue() || !format.byte().validate(self).hasValue()`,
    [
      '123e4567-e89b-12d3-a456-426614174000',
      '2020-01-01',
      '2020-01-01T00:00:00Z',
      'https://a.test',
      'YWJj',
      '???',
    ],
  ],
  [
    text,
    `!format.dns1035LabelPrefix().validate(self).hasValue() && !format.labelValue().validate(self).hasValue()`,
    ['abc', 'abc-', '1abc'],
  ],
  [text, `int(self) == 12 && double(self) == 12.0`, ['12', 'x']],
  [text, `bool(self)`, ['true', 'false', 'x']],
  [text, `bytes(self).size() == 3`, ['abc', 'é€', 'aé']],
  [
    text,
    `duration(self) > duration('1s') && timestamp('2020-01-01T00:00:00Z') + duration(self) > timestamp('2020-01-01T00:00:05Z')`,
    ['2s', '10s', 'x'],
  ],
  [text, `self in ['a', 'b'] && !(self in {'b': 1})`, ['a', 'b', 'c']],
  [text, `{'a': 1, 'b': 2}[self] == 1`, ['a', 'b', 'c']],
  [
    integers,
    `self.sum() == 6 && self.min() == 1 && self.max() == 3 && self.isSorted()`,
    [[1, 2, 3], [3, 2, 1], [6], []],
  ],
  [
    integers,
    `self.sort() == [1, 2, 3] && self.reverse() == [3, 1, 2] && self.distinct().size() == 3 && self.slice(0, 2) == [2, 1]`,
    [
      [2, 1, 3],
      [1, 2, 3],
    ],
  ],
  [integers, `self[0] == 1 && self[?5].orValue(7) == 7 && self.indexOf(2) == 1`, [[1, 2], [2], []]],
  [
    integers,
    `self.map(x, x * 2).filter(x, x > 2) == [4, 6] && self.exists_one(x, x == 1)`,
    [
      [1, 2, 3],
      [1, 1, 2, 3],
    ],
  ],
  [
    integers,
    `self.map(x, x > 1, x + 1) == [3] && self + [9] == [1, 2, 9]`,
    [
      [1, 2],
      [2, 1],
    ],
  ],
  [
    integers,
    `self.all(x, 10 / x > 1)`,
    [
      [2, 5],
      [0, 20],
      [0, 2],
    ],
  ],
  [
    integers,
    `self.exists(x, 10 / x > 4)`,
    [
      [2, 0],
      [0, 2],
      [0, 9],
    ],
  ],
  [
    integers,
    `self.all(i, x, x > i) && self.exists(i, x, i == 0 && x == 1)`,
    [
      [1, 2],
      [1, 1],
      [2, 3],
    ],
  ],
  [
    integers,
    `self.transformList(i, x, x * i) == [0, 2, 6] && self.transformList(i, x, i > 0, x).size() == 2`,
    [
      [1, 2, 3],
      [1, 2, 4],
    ],
  ],
  [
    integers,
    `lists.range(3) == self && [[1], [2]].flatten() == [1, 2]`,
    [
      [0, 1, 2],
      [0, 1],
    ],
  ],
  [
    texts,
    `self.join('-') == 'a-b' && self.join() == 'ab' && 'a' in self`,
    [['a', 'b'], ['b', 'a'], []],
  ],
  [
    texts,
    `sets.contains(self, ['a']) && sets.intersects(self, ['b', 'c']) && sets.equivalent(self, ['b', 'a', 'a'])`,
    [['a', 'b'], ['a'], ['a', 'b', 'c']],
  ],
  [
    texts,
    `self.sortBy(x, x.size())[0] == 'a' && self.lastIndexOf('a') == 1`,
    [
      ['bb', 'a'],
      ['a', 'bb'],
    ],
  ],
  [
    { ...texts, 'x-kubernetes-list-type': 'set' },
    `self + ['b', 'c'] == ['a', 'b', 'c'] && (self + ['c', 'd'])[0] == 'a' && ['c'] + self == ['c', 'a', 'b']`,
    [['a', 'b'], ['b', 'a'], ['a']],
  ],
  [
    {
      type: 'array',
      maxItems: 10,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['a'],
      items: { ...pair, required: ['a'] },
    },
    `(self + self).size() == self.size() && self + [] == self && self == self.filter(x, true)`,
    [[{ a: 'x', b: 'y' }, { a: 'y' }], []],
  ],
  [
    integers,
    `self + self == [1, 2, 1, 2] && self[0] + self[1] == 3 && self.map(x, x + self[0]) == [2, 3]`,
    [
      [1, 2],
      [2, 1],
    ],
  ],
  [
    { ...texts, 'x-kubernetes-list-type': 'set' },
    `self == oldSelf`,
    [['a', 'b'], ['b', 'a'], ['a']],
  ],
  [
    labels,
    `self.all(k, self[k] == 'x') && self.size() == 2`,
    [{ a: 'x', b: 'x' }, { a: 'x' }, { a: 'x', 'b.c/d': 'y' }],
  ],
  [
    labels,
    `self.all(k, v, k != v) && self.exists(k, v, k == 'a') && self.existsOne(k, v, v == 'x')`,
    [{ a: 'x' }, { a: 'a' }, { b: 'x' }, { a: 'x', b: 'x' }],
  ],
  [
    labels,
    `self.transformMap(k, v, v + '!')['a'] == 'x!' && self.transformMapEntry(k, v, {v: k}) == {'x': 'a'}`,
    [{ a: 'x' }, { a: 'y' }],
  ],
  [
    labels,
    `has(self.a) && self.a == 'x' && self[?'b'].hasValue() == false && 'a' in self`,
    [{ a: 'x' }, { b: 'x' }, { a: 'x', b: 'y' }],
  ],
  [labels, `self.__proto__ == 'x'`, [{ a: 'x' }]],
  [
    labels,
    `self.map(k, k).size() == 1 && self.filter(k, k == 'toString').size() == 0`,
    [{ a: 'x' }, {}],
  ],
  [pair, `has(self.a) ? self.a == 'x' : !has(self.b)`, [{ a: 'x' }, { a: 'y' }, { b: 'x' }, {}]],
  [pair, `self.a == 'x' && self.b == 'y'`, [{ a: 'x', b: 'y' }, { a: 'x' }, { a: 'z' }]],
  [pair, `self.a == 'x' || self.b == 'y'`, [{ b: 'y' }, { a: 'x' }, { a: 'y' }]],
  [
    pair,
    `self.?a.orValue('none') == 'none' || self.?a.optMap(v, v.size()).value() == 1`,
    [{}, { a: 'x' }, { a: 'y' }],
  ],
  [
    pair,
    `optional.ofNonZeroValue(self.?a.orValue('')).hasValue() && self.?b.or(self.?a).value() == 'x'`,
    [{ a: 'x' }, { a: '' }, { a: 'y', b: 'x' }],
  ],
  [pair, `dyn(self) == self && [self] == [self]`, [{ a: 'x' }]],
  [
    pair,
    `self.n == 1 && dyn(self.n) == 1.0 && self.n < 1.5 && dyn(self.d) == 1`,
    [{ n: 1, d: 1 }, { n: 1, d: 1.5 }, { n: 2 }],
  ],
  [
    pair,
    [`self.a != 'x'`, `self.a != 'y'`, `!has(self.b)`],
    [{ a: 'x', b: 'x' }, { a: 'y' }, { a: 'z' }],
  ],
  [
    {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
    `self.kind == 'Pod' && self.apiVersion == 'v1' && self.metadata.name == 'x'`,
    [
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } },
      { apiVersion: 'v1', kind: 'Job', metadata: { name: 'x' } },
      { apiVersion: 'v1', kind: 'Pod', metadata: {} },
      { apiVersion: 'v1', kind: 'Pod' },
    ],
  ],
  [
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: text } },
    `has(self.a) && self.a == 'x'`,
    [{ a: 'x', other: 1 }, { other: 1 }],
  ],
  [
    {
      type: 'object',
      properties: {
        'a.b': integer,
        'c-d': integer,
        e__f: integer,
        'g/h': integer,
        namespace: text,
        package: text,
      },
    },
    `self.a__dot__b == 1 && self.c__dash__d == 2 && self.e__underscores__f == 3 && self.g__slash__h == 4 && self.__namespace__ == 'n' && self.namespace == 'n' && self.package == 'p'`,
    [{ 'a.b': 1, 'c-d': 2, e__f: 3, 'g/h': 4, namespace: 'n', package: 'p' }, { 'a.b': 1 }],
  ],
]

/** A schema with a field a case, `f0`, `f1` …. */
export const evaluated: JsonObject = Object.fromEntries(
  cases.map(([schema, rules], i) => [
    `f${i}`,
    { ...schema, 'x-kubernetes-validations': [rules].flat().map((rule) => ({ rule })) },
  ]),
)

/** Each value of each case, alone. */
export const evaluations: readonly JsonObject[] = cases.flatMap(([, , values], i) =>
  values.map((value) => ({ [`f${i}`]: value })),
)
