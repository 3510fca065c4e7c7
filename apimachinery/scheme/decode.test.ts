import { describe, expect, test } from 'vitest'
import { decodeBody } from './decode.ts'
import { Scheme } from './scheme.ts'

const scheme = new Scheme()
const definition = { group: '', version: 'v1', kind: 'ConfigMap' }
const decode = (text: string, contentType?: string) =>
  decodeBody(scheme, { bytes: Buffer.from(text), contentType, definition })
const yaml = (text: string) => decode(text, 'application/yaml')

const unrecognized = (why: string, shown: string) =>
  `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ${why} (${shown})`

describe('decodeBody refuses, in the words of a Kubernetes 1.36 server', () => {
  test.each([
    ['', 'unexpected end of JSON input', '<empty>'],
    ['{"a":', 'unexpected end of JSON input', '{"a":'],
    [
      '{"m":{"name":"x"},}',
      "invalid character '}' looking for beginning of object key string",
      '{"m":{"name":"x"},}',
    ],
    [
      '{"metadata":{"name":"x"}} trailing',
      "invalid character 't' after top-level value",
      '{"metadata":{"name":"x"}} trai ...',
    ],
    [
      `{"name":'x'}`,
      String.raw`invalid character '\'' looking for beginning of value`,
      `{"name":'x'}`,
    ],
    ['{"a" 1}', "invalid character '1' after object key", '{"a" 1}'],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`, '{"a":1 "b"}'],
    ['{"a":[1 2]}', "invalid character '2' after array element", '{"a":[1 2]}'],
    ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')", '{"a":tru}'],
    ['{"a":"\n"}', String.raw`invalid character '\n' in string literal`, '{"a":"\n"}'],
    [String.raw`{"a":"\x"}`, "invalid character 'x' in string escape code", String.raw`{"a":"\x"}`],
    ['{"a":-}', "invalid character '}' in numeric literal", '{"a":-}'],
    ['{"a":1.}', "invalid character '}' after decimal point in numeric literal", '{"a":1.}'],
    [
      '{"kind":3}',
      'json: cannot unmarshal number into Go struct field .kind of type string',
      '{"kind":3}',
    ],
  ])('%j', (text, why, shown) => {
    expect(() => decode(text)).toThrow(
      expect.objectContaining({
        code: 400,
        reason: 'BadRequest',
        message: unrecognized(why, shown),
      }),
    )
  })

  test.each(['[]', '"x"', '5', 'true'])('%s is no object', (text) => {
    expect(() => decode(text)).toThrow(/cannot unmarshal (array|string|number|bool) into Go value/)
  })

  test('nesting without end', () => {
    expect(() => decode(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`)).toThrow(
      /exceeded max depth/,
    )
    expect(() => decode('['.repeat(100_000))).toThrow(/exceeded max depth|unexpected end/)
  })

  test.each(['text/plain', ';;;', 'application/xml; charset=utf-8', 'application/json-patch+json'])(
    'media type %s',
    (contentType) => {
      expect(() => decode('{}', contentType)).toThrow(
        expect.objectContaining({
          code: 415,
          reason: 'UnsupportedMediaType',
          message:
            'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
        }),
      )
    },
  )

  test.each([
    ['metadata:\n  name: x\n data:\n', /yaml: line 3: /],
    ['a: *b', /yaml: .*alias/],
    ['a: "x', /yaml: line 1: /],
    ['v: .inf', /json: unsupported value: \+Inf/],
    ['v: .nan', /json: unsupported value: NaN/],
    ['{? [a] : b}', /unsupported map key/],
    [`a: &a [x, x]\nb: &b [${'*a, '.repeat(20)}*a]\nc: [${'*b, '.repeat(20)}*b]`, /yaml: /],
  ])('YAML %j', (text, message) => {
    expect(() => yaml(text)).toThrow(message)
    expect(() => yaml(text)).toThrow(expect.objectContaining({ code: 400 }))
  })

  test('YAML with more anchors than anybody needs', () => {
    const anchors = Array.from({ length: 2000 }, (_, i) => `- &a${i} x\n- *a${i}\n`).join('')
    expect(() => yaml(`data:\n${anchors}`)).toThrow(/excessive aliasing/)
  })

  test('protobuf that is none', () => {
    expect(() => decode('{}', 'application/vnd.kubernetes.protobuf')).toThrow(
      expect.objectContaining({ code: 400 }),
    )
  })
})

describe('decodeBody reads', () => {
  test.each([undefined, '', 'application/json', 'Application/JSON; charset=utf-8'])(
    'JSON as %s; what the body lacks is the endpoint’s',
    (contentType) => {
      expect(decode('{"metadata":{"name":"x"}}', contentType).object).toEqual({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'x' },
      })
    },
  )

  test('kind and apiVersion of the body win', () => {
    const { object } = decode('{"kind":"Secret","apiVersion":"foo/v1"}')
    expect(object).toEqual({ kind: 'Secret', apiVersion: 'foo/v1' })
  })

  test.each([
    ['null', undefined],
    ['', 'application/yaml'],
    ['# nothing', 'application/yaml'],
  ])('%j as an object without fields', (text, contentType) => {
    expect(decode(text, contentType).object).toEqual({ apiVersion: 'v1', kind: 'ConfigMap' })
  })

  test.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"data":{"a":"1","a":"2"},"metadata":{},"metadata":{}}', ['data.a', 'metadata']],
    ['{"l":[{"a":1},{"a":1,"b":{"c":[[{"d":1,"d":2}]]}}]}', ['l[1].b.c[0][0].d']],
    [String.raw`{"a\"b":"{\"x\":1,\"x\":2}","a\u0022b":"\\"}`, ['a"b']],
    ['{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":2}]}', []],
    ['{"a":1,"a":2,"a":3}', ['a']],
    [String.raw`{"s":"\\\\","t":"\",\"s\":","u":""}`, []],
  ])('duplicate keys of %s', (text, duplicates) => {
    const decoded = decode(text)
    expect(decoded.duplicates).toEqual(duplicates)
    expect(decoded.object).toMatchObject(JSON.parse(text) as object)
  })

  test.each<[string, unknown]>([
    // As Kubernetes' YAML reader answers for each of these values.
    ['yes', true],
    ['y', true],
    ['n', false],
    ['off', false],
    ['On', true],
    ['tRUE', 'tRUE'],
    ['0777', 511],
    ['0b11', 3],
    ['0x1F', 31],
    ['1_000', 1000],
    ['1:30', '1:30'],
    ['1:30.5', '1:30.5'],
    ['1.50', 1.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['2020-01-01', '2020-01-01'],
    ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
    ['~', null],
    ['Null', null],
    ['', null],
    ['+5', 5],
    ['!!str 5', '5'],
    ['"yes"', 'yes'],
    ["'5'", '5'],
    ['!foo bar', 'bar'],
    ['08', 8],
    ['1e', '1e'],
    ['[a, yes]', ['a', true]],
    ['|\n    x\n    y', 'x\ny\n'],
    ['{1: a, yes: b, 1.5: c}', { 1: 'a', true: 'b', 1.5: 'c' }],
  ])('YAML value %j', (text, value) => {
    expect(yaml(`data:\n  v: ${text}\n`).object['data']).toEqual({ v: value })
  })

  test('JSON sent as YAML is JSON, and what only looks like it is YAML', () => {
    expect(yaml('{"data": {"a": "yes", "a": "no"}}')).toMatchObject({
      object: { data: { a: 'no' } },
      duplicates: ['data.a'],
    })
    expect(yaml('{data: {a: yes}}').object['data']).toEqual({ a: true })
    expect(yaml('{"data": {"a": 1}}\n---\n{"data": {}}').object['data']).toEqual({ a: 1 })
  })

  test('YAML anchors, merges, duplicates and only the first document', () => {
    const { object, duplicates } = yaml(
      'a: &a {b: 1, c: 2}\nd: {<<: *a, c: 3}\ne: *a\nf: 1\nf: 2\ng: [{h: 1, h: 2}]\n---\nx: 1\n',
    )
    expect(object).toMatchObject({ a: { b: 1, c: 2 }, d: { b: 1, c: 3 }, e: { b: 1, c: 2 }, f: 2 })
    expect(object).not.toHaveProperty('x')
    expect(duplicates).toEqual(['f', 'g[0].h'])
  })
})
