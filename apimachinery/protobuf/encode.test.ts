import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../meta/object-meta.ts'
import { Scheme } from '../scheme/scheme.ts'
import { decodeProtobuf } from './decode.ts'
import { encodeProtobuf } from './encode.ts'

/** Bodies made by Kubernetes' own Go serializers (k8s.io/api 0.36). */
const bodies = JSON.parse(
  readFileSync(new URL('testdata/bodies.json', import.meta.url), 'utf8'),
) as { name: string; protobuf: string; json: JsonObject }[]

const scheme = new Scheme()

describe('encodeProtobuf', () => {
  test.each(bodies.map((body) => [body.name, body] as const))('%s', (_, { protobuf, json }) => {
    const encoded = encodeProtobuf(json)
    if (encoded === undefined) throw new Error('no protobuf form')
    const theirs = decodeProtobuf(scheme, Buffer.from(protobuf, 'base64'))
    expect(decodeProtobuf(scheme, encoded)).toEqual(theirs)
  })

  test('metadata alone, and lists of it', () => {
    const one = {
      apiVersion: 'meta.k8s.io/v1',
      kind: 'PartialObjectMetadata',
      metadata: { name: 'a' },
    }
    expect(encodeProtobuf(one)?.toString('latin1')).toContain('\x12\x05\x0a\x03\x0a\x01a')
    const list = { ...one, kind: 'PartialObjectMetadataList', metadata: {}, items: [one] }
    expect(encodeProtobuf(list)).toBeDefined()
  })

  test('what has no protobuf form is undefined', () => {
    expect(encodeProtobuf({ apiVersion: 'federation/v1beta1', kind: 'Cluster' })).toBeUndefined()
    expect(encodeProtobuf({ kind: 'APIVersions', versions: [] })).toBeUndefined()
  })
})
