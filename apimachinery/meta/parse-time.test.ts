import { expect, test } from 'vitest'
import { parseTime } from './parse-time.ts'

test.each([
  ['2020-02-29T01:02:03Z', '2020-02-29T01:02:03'],
  ['2020-01-01T00:00:00+02:00', '2019-12-31T22:00:00'],
  ['2020-01-01T00:00:00.987654321-24:00', '2020-01-02T00:00:00'],
  ['0001-01-01T0:00:00,5Z', '0001-01-01T00:00:00'],
])('%s is %s', (text, whole) => {
  expect(parseTime(text, 0)).toMatchObject({ whole })
})

const cannot = (text: string, rest: string, element: string): string =>
  `parsing time "${text}" as "2006-01-02T15:04:05Z07:00": cannot parse "${rest}" as "${element}"`

// What Go 1.26 says of them.
test.each([
  ['abc', cannot('abc', 'abc', '2006')],
  ['2020', cannot('2020', '', '-')],
  ['2020-1-01T00:00:00Z', cannot('2020-1-01T00:00:00Z', '1-01T00:00:00Z', '01')],
  ['2020-01-01 00:00:00Z', cannot('2020-01-01 00:00:00Z', ' 00:00:00Z', 'T')],
  ['2020-01-01T00:00:00', cannot('2020-01-01T00:00:00', '', 'Z07:00')],
  ['2020-01-01T00:00:00z', cannot('2020-01-01T00:00:00z', 'z', 'Z07:00')],
  ['2020-13-01T00:00:00Z', 'parsing time "2020-13-01T00:00:00Z": month out of range'],
  ['2021-02-29T00:00:00Z', 'parsing time "2021-02-29T00:00:00Z": day out of range'],
  ['1900-02-29T00:00:00Z', 'parsing time "1900-02-29T00:00:00Z": day out of range'],
  ['2020-01-01T24:00:00Z', 'parsing time "2020-01-01T24:00:00Z": hour out of range'],
  ['2020-01-01T00:00:60Z', 'parsing time "2020-01-01T00:00:60Z": second out of range'],
  ['2020-01-01T00:00:00Zulu', 'parsing time "2020-01-01T00:00:00Zulu": extra text: "ulu"'],
  [
    '2020-01-01T00:00:00+25:00',
    'parsing time "2020-01-01T00:00:00+25:00": time zone offset hour out of range',
  ],
])('%s is refused', (text, problem) => {
  expect(parseTime(text, 0)).toStrictEqual({ problem })
})

test('a fraction has as many digits as the layout', () => {
  expect(parseTime('2020-01-01T00:00:00.123456Z', 6)).toStrictEqual({
    whole: '2020-01-01T00:00:00',
    fraction: '123456',
  })
  expect(parseTime('2020-01-01T00:00:00Z', 6)).toStrictEqual({
    problem:
      'parsing time "2020-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
  })
})
