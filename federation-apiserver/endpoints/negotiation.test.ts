import { describe, expect, test } from 'vitest'
import { encodingsOf, mustAccept, negotiate, typesOf } from './negotiation.ts'

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'

describe('negotiate', () => {
  test.each([
    [undefined, 'object', 'Object', ''],
    ['*/*', 'object', 'Object', ''],
    ['application/json', 'object', 'Object', ''],
    ['application/json, */*;q=0.8', 'object', 'Object', ''],
    ['application/vnd.kubernetes.protobuf,application/json', 'object', 'Object', ''],
    [
      `${table},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`,
      'list',
      'Table',
      'v1',
    ],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io', 'object', 'Table', 'v1beta1'],
    [`application/json;q=0.5,${table};q=0.9`, 'list', 'Table', 'v1'],
    ['application/json;as=Foo;v=v1;g=meta.k8s.io,application/json', 'object', 'Object', ''],
    [
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      'list',
      'PartialObjectMetadataList',
      'v1',
    ],
    [
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      'object',
      'PartialObjectMetadata',
      'v1',
    ],
  ] as const)('%s for one %s', (accept, offer, as, version) => {
    expect(negotiate(accept, offer)).toEqual({ as, version })
    // The second answer comes from memory.
    expect(negotiate(accept, offer)).toEqual({ as, version })
  })

  test('what the path has not at all is 406 in other words', () => {
    for (const accept of ['text/html', 'application/*', '*', 'APPLICATION/JSON']) {
      expect(() => mustAccept(accept, typesOf('object'))).toThrow('Available representations: ')
    }
    mustAccept('text/html, */*;q=0.8', typesOf('object'))
    mustAccept('application/json;as=Nothing', typesOf('object'))
  })

  test.each([
    ['application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io', 'list'],
    ['application/json;q=0', 'object'],
    ['application/json;as=Foo', 'object'],
    ['application/json;v=v1', 'object'],
    ['application/yaml;stream=watch', 'object'],
    [table, 'document'],
    ['text/html', 'object'],
    ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'watch'],
    ['application/json;as=Table;v=v9;g=meta.k8s.io', 'list'],
  ] as const)('%s is 406 for one %s', (accept, offer) => {
    expect(() => negotiate(accept, offer)).toThrow('only the following media types are accepted')
    expect(() => negotiate(accept, offer)).toThrow('only the following media types are accepted')
  })

  test('a clause that cannot be served has no notation', () => {
    const accept =
      'application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json'
    expect(encodingsOf(accept)).toEqual(['json'])
    expect(encodingsOf(`application/yaml;as=Table;v=v1;g=meta.k8s.io`)).toEqual(['yaml'])
    expect(encodingsOf(`application/yaml;as=Table;v=v1;g=meta.k8s.io`, 'document')).toEqual([
      'json',
    ])
  })
})
