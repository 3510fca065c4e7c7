import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Scheme } from '../scheme/scheme.ts'
import { decodeProtobuf } from './decode.ts'

/** Bodies made by Kubernetes' own Go serializers (k8s.io/api 0.36), each with what Go's JSON encoder makes of the same value. */
const bodies = JSON.parse(
  readFileSync(new URL('testdata/bodies.json', import.meta.url), 'utf8'),
) as { name: string; protobuf: string; json: unknown }[]

const scheme = new Scheme()
const decode = (bytes: Buffer) => decodeProtobuf(scheme, bytes)

/** Members that are null are left out; elements stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, v]) => v !== null)
  return Object.fromEntries(kept.map(([k, v]) => [k, withoutNulls(v)]))
}

describe('decodeProtobuf', () => {
  test.each(bodies.map((body) => [body.name, body] as const))('%s', (_, { protobuf, json }) => {
    expect(decode(Buffer.from(protobuf, 'base64'))).toEqual(withoutNulls(json))
  })

  test('every truncation of a body is refused or decodes, and never hangs', () => {
    const whole = Buffer.from(bodies[0]?.protobuf ?? '', 'base64')
    let refused = 0
    for (let length = 0; length < whole.length; length += 3) {
      try {
        decode(whole.subarray(0, length))
      } catch (err) {
        expect(err).toMatchObject({ name: 'ProtobufProblem' })
        refused++
      }
    }
    expect(refused).toBeGreaterThan(whole.length / 4)
  })

  const envelope = (typeMeta: number[], raw: number[]) =>
    Buffer.from([0x6b, 0x38, 0x73, 0, 0x0a, typeMeta.length, ...typeMeta, 0x12, raw.length, ...raw])
  const text = (number: number, value: string) => [
    number * 8 + 2,
    value.length,
    ...Buffer.from(value),
  ]
  const configMap = [...text(1, 'v1'), ...text(2, 'ConfigMap')]

  test.each([
    ['no prefix', Buffer.from('{}'), /expected prefix \[107 56 115 0\]/],
    [
      'unknown kind',
      envelope([...text(1, 'v1'), ...text(2, 'Foo')], []),
      /no kind "Foo" is registered for version "v1"/,
    ],
    ['length beyond the end', envelope(configMap, [0x0a, 0x7f]), /unexpected EOF/],
    ['group wire type', envelope(configMap, [0x0b]), /illegal wireType 3/],
    ['field number 0', envelope(configMap, [0x00, 0x00]), /illegal tag 0/],
    [
      'varint without end',
      envelope(
        configMap,
        Array.from({ length: 12 }, () => 0xff),
      ),
      /integer overflow/,
    ],
    ['number for a message', envelope(configMap, [0x08, 0x01]), /wrong wireType/],
    [
      'kind without protobuf form',
      envelope([...text(1, 'federation/v1beta1'), ...text(2, 'Cluster')], []),
      /unknown format/,
    ],
  ])('%s is refused', (_, bytes, message) => {
    expect(() => decode(bytes)).toThrow(message)
  })

  test('a body without type gets the expected one; unknown fields are skipped', () => {
    const raw = [...text(15, 'new'), 0xf8, 0x01, 0x05, ...text(1, '\n\u0001x')]
    const bytes = envelope([], raw)
    const gvk = { group: '', version: 'v1', kind: 'ConfigMap' }
    expect(decodeProtobuf(scheme, bytes, gvk)).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'x' },
    })
  })
})
