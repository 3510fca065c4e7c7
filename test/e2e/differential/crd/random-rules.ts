import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { Random } from '../apply/random.ts'

type Type = 'bool' | 'int' | 'double' | 'string' | 'duration' | 'time' | 'strings' | 'ints' | 'map'

interface Scope {
  readonly random: Random
  /** Expressions by type that are there already: fields, variables of macros. */
  readonly known: Readonly<Record<Type, readonly string[]>>
  readonly depth: number
}

const fieldsOf: Scope['known'] = {
  bool: ['self.flag', 'true'],
  int: ['self.replicas', 'oldSelf.replicas', '1', '-2', 'self.objects[0].value', 'self.inner.a'],
  double: ['self.ratio', '1.5'],
  string: ['self.name', 'self.long', 'self.mode', "'a'", 'self.objects[1].key', 'self.open.known'],
  duration: ['self.timeout', "duration('1h')"],
  time: ['self.since', 'self.day'],
  strings: ['self.list', "['a', 'b']", 'self.objects.map(o, o.key)'],
  ints: ['self.numbers', '[1, 2]', 'self.objects.map(o, o.value)'],
  map: ['self.labels', "{'a': 'b'}"],
}

const types = Object.keys(fieldsOf) as Type[]

/** What a type is made of: `$int` stands for an expression of that type, `@strings:string` for one in which `x` is a string. */
const forms: Readonly<Record<Type, readonly string[]>> = {
  bool: [
    '$int > $int',
    '$int <= $double',
    '$string == $string',
    '$string != $string',
    '$string < $string',
    '$strings == $strings',
    '$ints == $ints',
    '$map == $map',
    '$duration < $duration',
    '$time > $time',
    '!($bool)',
    '($bool) && ($bool)',
    '($bool) || ($bool)',
    '($bool) ? ($bool) : ($bool)',
    '$string in $strings',
    '$int in $ints',
    '$string in $map',
    '$string.contains($string)',
    '$string.startsWith($string)',
    "$string.matches('^[a-z]+$')",
    '$strings.all(x, @string:bool)',
    '$strings.exists(x, @string:bool)',
    '$ints.exists_one(x, @int:bool)',
    '$map.all(x, @string:bool)',
    '$map.exists(k, x, @string:bool)',
    '$strings.all(k, x, @string:bool)',
    '$ints.isSorted()',
    'sets.contains($strings, $strings)',
    'has(self.name)',
    'has(self.objects[0].value)',
    'isQuantity($string) && quantity($string).isLessThan(quantity($string))',
    "isIP($string) && cidr('10.0.0.0/8').containsIP($string)",
    'url($string).getHost() == $string',
    '!format.dns1123Label().validate($string).hasValue()',
    'optional.of($string).hasValue()',
  ],
  int: [
    '$int + $int',
    '$int * $int',
    '-($int)',
    'size($string)',
    '$strings.size()',
    '$map.size()',
    '$ints.sum()',
    '$ints.max()',
    '$duration.getSeconds()',
    '$time.getFullYear()',
    '$strings.indexOf($string)',
    '$string.indexOf($string)',
    '$ints[$int]',
    '$ints[?$int].orValue($int)',
    '($bool) ? ($int) : ($int)',
    'self.?replicas.orValue($int)',
    'int($string)',
  ],
  double: ['$double + $double', 'double($int)', '($bool) ? ($double) : ($double)'],
  string: [
    '$string + $string',
    '$string.lowerAscii()',
    '$string.substring($int)',
    '$string.replace($string, $string)',
    '$strings.join($string)',
    '$strings[$int]',
    '$map[$string]',
    'string($int)',
    '($bool) ? ($string) : ($string)',
    "'%s-%d'.format([$string, $int])",
    "$string.find('[0-9]+')",
    'self.?name.orValue($string)',
    "optional.of($string).optMap(x, @string:string).orValue('')",
    '$strings.min()',
  ],
  duration: ['$duration + $duration', '$time - $time', 'duration($string)'],
  time: ['$time + $duration', 'timestamp($string)'],
  strings: [
    '$strings + $strings',
    '[$string, $string]',
    '$strings.filter(x, @string:bool)',
    '$strings.map(x, @string:string)',
    '$ints.map(x, @int:string)',
    '$map.map(x, @string:string)',
    '$string.split($string)',
    "$string.findAll('[a-z]')",
    '$strings.distinct()',
    '$strings.sort()',
    '$strings.reverse()',
    '$strings.slice(0, 2)',
    '$strings.transformList(k, x, @string:string)',
    '$strings.sortBy(x, @string:int)',
  ],
  ints: [
    '$ints + $ints',
    '[$int]',
    '$ints.filter(x, @int:bool)',
    '$strings.map(x, @string:int)',
    '$ints.map(x, @int:bool, @int:int)',
    'lists.range(5)',
    '[$ints, $ints].flatten()',
  ],
  map: [
    '{$string: $string}',
    '$map.transformMap(k, x, @string:string)',
    '($bool) ? ($map) : ($map)',
  ],
}

/** One in so many parts is of another type than it should be. */
const mistakes = 40

function expression(type: Type, scope: Scope): string {
  const { random, known, depth } = scope
  const asked = random.chance(1 / mistakes) ? random.one(types) : type
  if (depth === 0 || random.chance(1 / 3)) return random.one(known[asked])
  const inner = { ...scope, depth: depth - 1 }
  const nested = (variable: Type): Scope => ({
    ...inner,
    known: { ...known, [variable]: [...known[variable], 'x', 'x'] },
  })
  return random
    .one(forms[asked])
    .replace(/\$(\w+)/g, (_, of: Type) => expression(of, inner))
    .replace(/@(\w+):(\w+)/g, (_, variable: Type, of: Type) => expression(of, nested(variable)))
}

/** So many rules by seeded dice. */
export function randomRules(seed: number, count: number): string[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () =>
    expression('bool', { random, known: fieldsOf, depth: random.one([1, 2, 3, 4]) }),
  )
}

/** Values of the fields, some of them absent. */
const samples: Readonly<Record<string, readonly unknown[]>> = {
  flag: [true, false],
  replicas: [0, 1, 2, -3, 5],
  ratio: [0.5, 1.5, 2, -1],
  name: ['a', 'abc', '', '10.0.0.1', '1Gi', 'A-1', 'é'],
  long: ['a', 'x,y', 'abc', '10', '1h', '2020-01-01T00:00:00Z', 'https://a.test/b'],
  mode: ['a', 'bb'],
  timeout: ['1h', '30s', '-5m', '1500ms'],
  since: ['2020-01-02T03:04:05Z', '2021-06-01T00:00:00+02:00'],
  day: ['2020-01-02', '1999-12-31'],
  list: [[], ['a'], ['b', 'a'], ['a', 'a', 'c', '10']],
  numbers: [[], [1], [3, 1, 2], [2, 2]],
  objects: [
    [],
    [{ key: 'a' }],
    [
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ],
  ],
  labels: [{}, { a: 'b' }, { a: 'a', b: 'c' }],
  inner: [{}, { a: 1 }, { a: 3, b: 'x' }],
  open: [{}, { known: 'a', other: 1 }],
}

/** So many objects by seeded dice, with nine fields in ten. */
export function randomObjects(seed: number, count: number): JsonObject[] {
  const random = new Random(seed)
  return Array.from({ length: count }, () =>
    Object.fromEntries(
      Object.entries(samples)
        .filter(() => random.chance(0.9))
        .map(([field, values]) => [field, random.one(values)]),
    ),
  )
}
