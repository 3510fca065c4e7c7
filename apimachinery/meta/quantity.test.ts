import { expect, test } from 'vitest'
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityToNumber,
} from './quantity.ts'

function parsed(text: string): Quantity {
  const quantity = parseQuantity(text)
  if (quantity === undefined) throw new Error(`${text} is no quantity`)
  return quantity
}

// As kube-apiserver 1.36 writes them back.
test.each([
  ['0', '0'],
  ['0Ki', '0'],
  ['1', '1'],
  ['+5', '5'],
  ['007', '7'],
  ['.5', '500m'],
  ['5.', '5'],
  ['100m', '100m'],
  ['0.1', '100m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['12345m', '12345m'],
  ['1000', '1k'],
  ['1024', '1024'],
  ['1000001', '1000001'],
  ['1Ki', '1Ki'],
  ['1024Ki', '1Mi'],
  ['1023Mi', '1023Mi'],
  ['2048Mi', '2Gi'],
  ['1000Ki', '1000Ki'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['1.1Ki', '1126400m'],
  ['0.001Ki', '1024m'],
  ['9Ei', '9223372036854775807'],
  ['10E', '10E'],
  ['1e2', '100'],
  ['1e3', '1e3'],
  ['1e4', '10e3'],
  ['1.5e3', '1500'],
  ['1e-3', '1e-3'],
  ['1e100', '10e99'],
  ['1n', '1n'],
  ['0.1n', '1n'],
  ['-1.5', '-1500m'],
])('%s is %s', (text, canonical) => {
  const quantity = parsed(text)
  expect(formatQuantity(quantity)).toBe(canonical)
  expect(compareQuantities(parsed(canonical), quantity)).toBe(0)
})

test.each(['', 'abc', '1,5', '1 Gi', '1KI', '1e', '1mm', '--1', '1.2.3', '1e1.5', '.', '1e999'])(
  '%o is no quantity',
  (text) => {
    expect(parseQuantity(text)).toBeUndefined()
  },
)

test('compares and adds across suffixes', () => {
  expect(compareQuantities(parsed('1Gi'), parsed('1G'))).toBe(1)
  expect(compareQuantities(parsed('999m'), parsed('1'))).toBe(-1)
  expect(formatQuantity(addQuantities(parsed('512Mi'), parsed('0.5Gi')))).toBe('1Gi')
  expect(formatQuantity(addQuantities(parsed('0'), parsed('1Ki')))).toBe('1Ki')
  expect(quantityToNumber(parsed('1.5Gi'))).toBe(1610612736)
})
