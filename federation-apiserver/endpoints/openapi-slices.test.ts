import { expect, it } from 'vitest'
import { encodeOpenapiV2 } from '#apimachinery/protobuf/openapi-v2.ts'
import { openapiV2 } from '#apimachinery/scheme/openapi.ts'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import { encodeInSlices } from './openapi-slices.ts'

/** Length-delimited fields of a message, the contents of each number joined: what merging readers see. */
function fieldsOf(bytes: Buffer): Map<number, Buffer> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  const fields = new Map<number, Buffer[]>()
  while (at < bytes.length) {
    const tag = varint()
    expect(tag & 7).toBe(2)
    const length = varint()
    const known = fields.get(tag >>> 3) ?? []
    fields.set(tag >>> 3, [...known, bytes.subarray(at, at + length)])
    at += length
  }
  return new Map([...fields].map(([number, parts]) => [number, Buffer.concat(parts)]))
}

it('slices say what the whole says', async () => {
  const document = openapiV2(new Scheme())
  const whole = fieldsOf(encodeOpenapiV2(document))
  const sliced = fieldsOf(await encodeInSlices(document))
  expect(new Set(sliced.keys())).toEqual(new Set(whole.keys()))
  for (const [number, content] of whole) {
    expect(content.equals(sliced.get(number) ?? Buffer.alloc(0)), `field ${number}`).toBe(true)
  }
})
