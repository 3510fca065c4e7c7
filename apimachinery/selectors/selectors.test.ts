import { describe, expect, test } from 'vitest'
import { StatusError } from '../errors/status-error.ts'
import { parseFieldSelector } from './fields.ts'
import { fromLabels, fromLabelSelectorObject, parseLabelSelector } from './labels.ts'

describe('label selectors', () => {
  test.each([
    ['', {}, true],
    ['a', { a: '' }, true],
    ['a', {}, false],
    ['!a', {}, true],
    ['! a', { a: '' }, false],
    ['a=b', { a: 'b' }, true],
    ['a==b', { a: 'c' }, false],
    ['a!=b', {}, true],
    ['a!=b', { a: 'b' }, false],
    ['a in (b,c)', { a: 'c' }, true],
    ['a in (b,c)', {}, false],
    ['a notin(b)', {}, true],
    ['a notin(b)', { a: 'b' }, false],
    ['a in ()', { a: '' }, true],
    ['a in (,)', { a: '' }, true],
    ['a in (b,,c)', { a: '' }, true],
    ['a=', { a: '' }, true],
    ['a=,b', { a: '', b: '1' }, true],
    ['a>1', { a: '2' }, true],
    ['a >1', { a: '1' }, false],
    ['a<10', { a: '9' }, true],
    ['a<10', { a: 'x' }, false],
    ['in=notin', { in: 'notin' }, true],
    ['x.test/a=b,c!=d', { 'x.test/a': 'b' }, true],
    ['a=b,c=d', { a: 'b', c: 'e' }, false],
    ['constructor', {}, false],
  ])('%s on %o is %s', (text, labels, expected) => {
    expect(parseLabelSelector(text).matches(labels as Record<string, string>)).toBe(expected)
  })

  const long = 'x'.repeat(64)
  // Observed on kube-apiserver 1.36.
  test.each([
    ['a!', "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
    [
      '-a!',
      `unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
    [
      'a>-',
      `unable to parse requirement: [values[0]: Invalid value: "-": for 'Gt', 'Lt' operators, the value must be an integer, values[0][a]: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')]`,
    ],
    ['a in', "unable to parse requirement: found '' expected: '('"],
    ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b=)', "unable to parse requirement: found '=', expected: ',' or ')'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['a=b,,c', "found ',', expected: identifier after ','"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['(a)', "found '(', expected: !, identifier, or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a===b', "unable to parse requirement: found '=', expected: identifier"],
    ['a=!b', "unable to parse requirement: found '!', expected: identifier"],
    [
      'a>x',
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [
      `a=${long}`,
      `unable to parse requirement: values[0][a]: Invalid value: "${long}": must be no more than 63 bytes`,
    ],
    [
      `${long}=a`,
      `unable to parse requirement: <nil>: Invalid value: "${long}": name part must be no more than 63 bytes`,
    ],
    [
      '/a=b',
      'unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be non-empty',
    ],
    [
      'a/=b',
      `unable to parse requirement: <nil>: Invalid value: "a/": name part must be non-empty; name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ])('%s is refused in the words of Kubernetes', (text, message) => {
    const act = (): unknown => parseLabelSelector(text)
    expect(act).toThrow(StatusError)
    expect(act).toThrow(expect.objectContaining({ code: 400, message }))
  })

  test('objects: absent matches nothing, empty everything', () => {
    expect(fromLabelSelectorObject(undefined).matches({ a: 'b' })).toBe(false)
    expect(fromLabelSelectorObject(null).isEmpty).toBe(false)
    expect(fromLabelSelectorObject({}).matches({ a: 'b' })).toBe(true)
    const selector = fromLabelSelectorObject({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['b', 'a'] },
        { key: 'zone', operator: 'NotIn', values: ['x'] },
        { key: 'on', operator: 'Exists' },
        { key: 'off', operator: 'DoesNotExist' },
      ],
    })
    expect(selector.matches({ app: 'web', tier: 'a', on: '' })).toBe(true)
    expect(selector.matches({ app: 'web', tier: 'a', on: '', off: '' })).toBe(false)
    expect(selector.toString()).toBe('app=web,!off,on,tier in (a,b),zone notin (x)')
    expect(parseLabelSelector(selector.toString()).toString()).toBe(selector.toString())
    expect(() =>
      fromLabelSelectorObject({ matchExpressions: [{ key: 'a', operator: 'Like' }] }),
    ).toThrow('"Like" is not a valid label selector operator')
    expect(fromLabels({ a: 'b' }).matches({ a: 'b', c: 'd' })).toBe(true)
  })
})

describe('field selectors', () => {
  const object: Record<string, string> = { 'metadata.name': 'a', odd: 'x,y=z\\' }
  test.each([
    ['', true],
    ['metadata.name=a', true],
    ['metadata.name==b', false],
    ['metadata.name!=b', true],
    [',metadata.name=a,', true],
    ['odd=x\\,y\\=z\\\\', true],
    ['metadata.name=a,missing=', true],
    ['missing!=x', true],
  ])('%s is %s', (text, expected) => {
    expect(parseFieldSelector(text).matches((field) => object[field])).toBe(expected)
  })

  test.each([
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['metadata.name=a=b', 'invalid field selector: unescaped character in value: 61'],
    ['metadata.name=a\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['metadata.name=a\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('%s is refused', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(expect.objectContaining({ code: 400, message }))
  })

  test('names the value a field must have', () => {
    const selector = parseFieldSelector('metadata.name=a,b!=c')
    expect([selector.exact('metadata.name'), selector.exact('b')]).toEqual(['a', undefined])
  })
})
