import { describe, expect, it } from 'vitest'
import type { ServedResource } from '#client/discovery.ts'
import type { ObjectMeta, OwnerReference } from '#apimachinery/meta/object-meta.ts'
import { ownedObject, OwnershipGraph, type OwnedObject } from './ownership-graph.ts'

const resource: ServedResource = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  verbs: new Set(),
}
const ownedBy = (name: string): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name,
  uid: `uid-${name}`,
})
const object = (name: string, meta: Partial<ObjectMeta> = {}): OwnedObject =>
  ownedObject(resource, { name, namespace: 'n', uid: `uid-${name}`, ...meta })
const child = (name: string, ...owners: string[]): OwnedObject =>
  object(name, { ownerReferences: owners.map(ownedBy) })
const deletedWith = (finalizer: string) => ({
  deletionTimestamp: '2026-01-01T00:00:00Z',
  finalizers: [finalizer],
})

function graphOf(...objects: OwnedObject[]): OwnershipGraph {
  const graph = new OwnershipGraph()
  for (const each of objects) graph.put(each)
  return graph
}

describe('put', () => {
  it.each<[string, OwnedObject[], OwnedObject, string[]]>([
    ['an object without owners rests', [], object('a'), []],
    ['one whose owner is there rests', [object('a')], child('b', 'a'), []],
    ['one whose owner is not seen is looked at', [], child('b', 'a'), ['uid-b']],
    [
      'one of whose owners is not seen is looked at',
      [object('a')],
      child('b', 'a', 'gone'),
      ['uid-b'],
    ],
    [
      'an owner of another name is not the one meant',
      [object('a')],
      object('b', { ownerReferences: [{ ...ownedBy('a'), name: 'other' }] }),
      ['uid-b'],
    ],
    [
      'a foreground deletion is looked at',
      [],
      object('a', deletedWith('foregroundDeletion')),
      ['uid-a'],
    ],
    ['an orphaning deletion is looked at', [], object('a', deletedWith('orphan')), ['uid-a']],
    [
      'finalizers count only when deleting',
      [],
      object('a', { finalizers: ['orphan', 'foregroundDeletion'] }),
      [],
    ],
    [
      'a dependent of one that waits is looked at',
      [object('a', deletedWith('foregroundDeletion'))],
      child('b', 'a'),
      ['uid-b'],
    ],
    [
      'a released dependent brings back the owner that waited',
      [object('a', deletedWith('foregroundDeletion')), child('b', 'a')],
      object('b'),
      ['uid-a'],
    ],
  ])('%s', (_, before, put, again) => {
    expect(graphOf(...before).put(put)).toEqual(again)
  })
})

describe('remove', () => {
  it('brings the dependents', () => {
    const graph = graphOf(object('a'), child('b', 'a'), child('c', 'a'), child('d', 'b'))
    expect(graph.remove('uid-a').sort()).toEqual(['uid-b', 'uid-c'])
  })

  it('brings dependents that were seen before their owner', () => {
    const graph = graphOf(child('b', 'a'), object('a'))
    expect(graph.remove('uid-a')).toEqual(['uid-b'])
  })

  it('brings the owner that waited', () => {
    const graph = graphOf(object('a', deletedWith('foregroundDeletion')), child('b', 'a'))
    expect(graph.remove('uid-b')).toEqual(['uid-a'])
    expect(graph.dependentsOf('uid-a')).toEqual([])
  })

  it('of something never seen brings nothing', () => {
    expect(graphOf().remove('uid-a')).toEqual([])
  })
})
