import { expect, test } from 'vitest'
import { printColumns, printObject, printTable } from './printer.ts'

const object = { apiVersion: 'federation/v1beta1', kind: 'Cluster', metadata: { name: 'eu' } }

test.each([
  ['name', 'cluster.federation/eu\n'],
  ['yaml', 'apiVersion: federation/v1beta1\nkind: Cluster\nmetadata:\n  name: eu\n'],
] as const)('%s', (format, text) => {
  expect(printObject(format, object, 'cluster.federation')).toBe(text)
})

test('json can be read back', () => {
  expect(JSON.parse(printObject('json', object, 'cluster.federation'))).toEqual(object)
})

test('a table has three spaces between its columns', () => {
  expect(
    printTable([
      ['NAME', 'AGE'],
      ['long-one', ''],
    ]),
  ).toBe('NAME       AGE\nlong-one\n')
})

test('columns are aligned', () => {
  expect(
    printColumns([
      ['a', 'x'],
      ['long', 'y'],
    ]),
  ).toBe('  a     x\n  long  y\n')
})
