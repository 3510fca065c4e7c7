import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { AdjacentMemory } from '../storage/adjacent-memory.ts'
import { CachedObject, ParsedObjects, storedForm } from '../storage/stored-object.ts'
import { Random } from '../storage/testing/random.ts'
import { blocksOf } from './list-blocks.ts'
import { gzipped, lengthOf } from './send-list.ts'

const parsed = new ParsedObjects()
const random = new Random(7)
let revision = 0

function objectOf(name: number, memory?: AdjacentMemory): CachedObject {
  const metadata = { name: `c-${name}`, labels: { ümlaut: 'x'.repeat(random.below(400)) } }
  const { stored } = storedForm({ metadata, data: { revision: String(revision) } })
  const allocate = memory && { allocate: memory.take }
  const state = { key: `/registry/core/c/${name}`, revision: ++revision, stored, ...allocate }
  return new CachedObject(state, parsed)
}

const expected = (items: readonly CachedObject[]): string =>
  `{"items":[${items.map(({ object }) => JSON.stringify(object)).join(',')}]}`

const body = (items: readonly CachedObject[]) => ({
  head: Buffer.from('{"items":['),
  blocks: blocksOf(items),
  end: Buffer.from(']}'),
})

const identity = ({ head, blocks, end }: ReturnType<typeof body>): string =>
  Buffer.concat([head, Buffer.concat(blocks.map((b) => b.bytes)).subarray(1), end]).toString()

test('lists that change at random places are sent as they are, and compressed', async () => {
  const items = Array.from({ length: 700 }, (_, i) => objectOf(i))
  for (let round = 0; round < 40; round += 1) {
    const at = random.below(items.length)
    const put = random.below(3) === 0 ? [] : [objectOf(1000 + round)]
    items.splice(at, random.below(2), ...put)
    const page = items.slice(round % 2 === 0 ? 0 : random.below(items.length), items.length)
    const list = body(page)
    expect(identity(list)).toBe(expected(page))
    expect(lengthOf(list)).toBe(Buffer.byteLength(identity(list)))
    expect(gunzipSync(Buffer.concat(await gzipped(list))).toString()).toBe(identity(list))
  }
})

test('an empty list is whole, too', async () => {
  expect(gunzipSync(Buffer.concat(await gzipped(body([])))).toString()).toBe('{"items":[]}')
  expect(lengthOf(body([]))).toBe('{"items":[]}'.length)
})

test('a change makes one block anew, and objects give up bytes of their own', () => {
  const items = Array.from({ length: 700 }, (_, i) => objectOf(i))
  const before = blocksOf(items)
  const [first] = items
  expect(first?.json.buffer).toBe(before[0]?.bytes.buffer)
  expect(blocksOf(items)).toEqual(before)
  items[350] = objectOf(350)
  const after = blocksOf(items)
  expect(after.filter((block) => !before.includes(block)).length).toBeLessThanOrEqual(2)
})

test('what was loaded together is listed from where it lies, whatever has changed since', async () => {
  const memory = new AdjacentMemory()
  const items = Array.from({ length: 8000 }, (_, i) => objectOf(i, memory))
  const areas = new Set(items.map(({ json }) => json.buffer))
  expect(areas.size).toBeGreaterThan(1)
  const blocks = blocksOf(items)
  expect(blocks.filter(({ bytes }) => !areas.has(bytes.buffer)).length).toBeLessThan(areas.size)
  expect(identity(body(items))).toBe(expected(items))
  for (const at of [0, 4000, 7999]) items.splice(at, 1, objectOf(9000 + at))
  items.splice(2000, 1)
  expect(identity(body(items))).toBe(expected(items))
  expect(gunzipSync(Buffer.concat(await gzipped(body(items)))).toString()).toBe(expected(items))
})
