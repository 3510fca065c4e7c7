import type { JsonObject } from '#apimachinery/meta/object-meta.ts'

/** Rules that cost more than they may, or just not, of unbounded fields. */
export const costs: Readonly<
  Record<string, { readonly rule: string; readonly fields: JsonObject }>
> = Object.fromEntries(
  (
    [
      ['a list', 'self.l.all(x, x == 1)', { l: list('integer') }],
      ['a list of texts', 'self.l.all(x, x == "abc")', { l: list('string') }],
      ['a list in itself', 'self.l.all(x, self.l.all(y, x != y))', { l: list('integer') }],
      [
        'a list of ten in itself',
        'self.l.all(x, self.l.all(y, x != y))',
        { l: list('integer', 10) },
      ],
      [
        'a list of thousands in itself',
        'self.l.all(x, self.l.all(y, x != y))',
        { l: list('string', 3000) },
      ],
      [
        'exists_one in a list of a thousand',
        'self.l.all(x, self.l.exists_one(y, x == y))',
        { l: list('string', 1000) },
      ],
      [
        'three deep',
        'self.l.all(x, self.l.all(y, self.l.all(z, x + y + z > 1)))',
        { l: list('integer', 100) },
      ],
      [
        'a map of texts',
        'self.m.all(k, self.m[k].matches("^[a-z]+$"))',
        { m: { type: 'object', additionalProperties: { type: 'string' } } },
      ],
      [
        'a bounded map of texts',
        'self.m.all(k, self.m[k].matches("^[a-z]+$"))',
        {
          m: {
            type: 'object',
            maxProperties: 10,
            additionalProperties: { type: 'string', maxLength: 10 },
          },
        },
      ],
      ['matching a text', 'self.s.matches("^[a-z]+$")', { s: { type: 'string' } }],
      [
        'matching a text twice',
        'self.s.matches("^[a-z]+$") && self.s.matches("^[a-zA-Z0-9]*-[a-zA-Z0-9]*-[a-zA-Z0-9]*-[a-zA-Z0-9]*$")',
        { s: { type: 'string' } },
      ],
      ['containing itself', 'self.s.contains(self.s)', { s: { type: 'string' } }],
      [
        'replacing',
        'self.s.replace("a", "bb").replace("b", "cccc").size() > 1',
        { s: { type: 'string' } },
      ],
      ['filter and size', 'self.l.filter(x, x == "a").size() < 3', { l: list('string') }],
      ['map and exists', 'self.l.map(x, x + "a").exists(y, y == "b")', { l: list('string') }],
      [
        'map and exists, bounded',
        'self.l.map(x, x + "a").exists(y, y == "b")',
        { l: list('string', 100) },
      ],
      ['in a list', 'self.l.all(x, x in self.l)', { l: list('integer', 2000) }],
      ['sorting', 'self.l.isSorted()', { l: list('string') }],
      ['sets', 'sets.contains(self.l, self.l)', { l: list('integer', 5000) }],
      ['distinct', 'self.l.distinct().size() == self.l.size()', { l: list('integer', 1000) }],
      [
        'distinct of many',
        'self.l.distinct().size() == self.l.size()',
        { l: list('integer', 5000) },
      ],
      ['sort', 'self.l.sort() == self.l', { l: list('string', 1000) }],
      ['sortBy', 'self.l.sortBy(x, x).size() > 1', { l: list('string', 1000) }],
      ['range', 'lists.range(20000000).size() > 1', { l: list('string', 10) }],
      ['range of a field', 'lists.range(self.i).size() > 1', { i: { type: 'integer' } }],
      [
        'two variables',
        'self.l.all(i, x, self.l.all(j, y, i == j || x != y))',
        { l: list('string', 2000) },
      ],
      [
        'transformMap',
        'self.m.transformMap(k, v, v + k).size() > 0',
        { m: { type: 'object', additionalProperties: { type: 'string' } } },
      ],
      [
        'optional texts',
        'self.?s.orValue("").matches("^a$")',
        { s: { type: 'string', maxLength: 10 } },
      ],
      ['optMap', 'self.?s.optMap(t, t.size()).orValue(1) > 0', { s: { type: 'string' } }],
      [
        'split and join',
        'self.s.split(",").all(x, x.size() > 1)',
        { s: { type: 'string', maxLength: 100 } },
      ],
      ['split', 'self.s.split(",").all(x, x.startsWith("abc"))', { s: { type: 'string' } }],
      [
        'formats',
        'self.l.all(x, !format.dns1123Label().validate(x).hasValue())',
        { l: list('string', 100) },
      ],
      [
        'quantities',
        'self.l.all(x, quantity(x).isLessThan(quantity("1Gi")))',
        { l: list('string') },
      ],
      [
        'addresses',
        'self.l.all(x, isIP(x) && cidr("10.0.0.0/8").containsIP(x))',
        { l: list('string', 1000) },
      ],
      ['urls', 'self.l.all(x, url(x).getHost() == "a")', { l: list('string', 1000) }],
      ['equal lists', 'self.l == oldSelf.l', { l: list('string') }],
      [
        'equal objects',
        'self.o == oldSelf.o',
        { o: { type: 'object', properties: { s: { type: 'string' } } } },
      ],
      [
        'a filtered list, its field',
        'self.l.filter(x, x.s != "").all(x, x.s.startsWith("a"))',
        {
          l: {
            type: 'array',
            maxItems: 100,
            items: { type: 'object', properties: { s: { type: 'string', maxLength: 10 } } },
          },
        },
      ],
      [
        'conditional',
        'self.flag ? self.l.all(x, x == 1) : self.l.exists(x, x == 1)',
        { flag: { type: 'boolean' }, l: list('integer') },
      ],
      ['concatenation', '(self.s + self.s + self.s).size() > 1', { s: { type: 'string' } }],
      ['lists added', '(self.l + self.l).all(x, x == "a")', { l: list('string', 100000) }],
      [
        'literals',
        '["a", "b", "c"].all(x, self.l.exists(y, y == x))',
        { l: list('string', 100000) },
      ],
      [
        'int or string',
        'type(self.p) == int ? self.p > 1 : self.p.matches("^[a-z]+$")',
        { p: { 'x-kubernetes-int-or-string': true } },
      ],
      ['enum', 'self.e.matches("^[a-z]+$")', { e: { type: 'string', enum: ['a', 'bbb'] } }],
      ['bytes', 'self.b == b"abc" && self.b.size() > 2', { b: { type: 'string', format: 'byte' } }],
      [
        'times',
        'self.l.all(x, x > timestamp("2020-01-01T00:00:00Z"))',
        { l: { type: 'array', items: { type: 'string', format: 'date-time' } } },
      ],
    ] as const
  ).map(([name, rule, of]) => [name, { rule, fields: of }]),
)

/** Of items of a type; unbounded unless it says how many. */
export function list(type: string, maxItems?: number): JsonObject {
  return { type: 'array', items: { type }, ...(maxItems === undefined ? {} : { maxItems }) }
}
