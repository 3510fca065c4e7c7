import { type Mutation, mutation } from './mutations.ts'

const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'u-1' }

/** Of ObjectMeta, which every kind has. */
export const metadataMutations: readonly Mutation[] = [
  ...[
    '',
    'Bad_Name!',
    'a'.repeat(64),
    'a'.repeat(254),
    'with.dot',
    '-dash',
    'a/b',
    'a%b',
    '..',
    '1st',
  ].map((name) => mutation(['metadata', 'name'], name)),
  mutation(['metadata', 'name'], undefined),
  mutation(['metadata'], undefined),
  mutation(['metadata', 'generateName'], 'Bad_'),
  mutation(['metadata', 'namespace'], 'other'),
  mutation(['metadata', 'generation'], 5),
  mutation(['metadata', 'uid'], 'u'),
  mutation(['metadata', 'resourceVersion'], 'abc'),
  mutation(['metadata', 'selfLink'], '/a'),
  mutation(['metadata', 'creationTimestamp'], '2020-01-01T00:00:00Z'),
  mutation(['metadata', 'deletionTimestamp'], '2020-01-01T00:00:00Z'),
  mutation(['metadata', 'deletionGracePeriodSeconds'], 5),
  ...[
    { 'Bad Key!': 'v' },
    { key: 'Bad Value!' },
    { '/x': 'v' },
    { 'a/b/c': 'v' },
    { k: 'a'.repeat(64) },
    { 'A.b/c': '' },
    { ['a'.repeat(64)]: 'v' },
  ].map((labels) => mutation(['metadata', 'labels'], labels)),
  ...[{ 'Bad Key!': 'v' }, { big: 'a'.repeat(300_000) }, { 'UP.er/Key': 'any thing' }].map(
    (annotations) => mutation(['metadata', 'annotations'], annotations),
  ),
  ...[
    ['nofinalizer'],
    ['a.example.test/b'],
    ['kubernetes'],
    ['orphan', 'foregroundDeletion'],
    ['Bad Name!/x'],
    [''],
  ].map((finalizers) => mutation(['metadata', 'finalizers'], finalizers)),
  ...[
    [owner],
    [{}],
    [{ ...owner, uid: '' }],
    [{ ...owner, apiVersion: 'a/b/c' }],
    [
      { ...owner, controller: true },
      { ...owner, name: 'two', uid: 'u-2', controller: true },
    ],
    [{ ...owner, kind: 'Event' }],
    [{ ...owner, blockOwnerDeletion: true }],
  ].map((owners) => mutation(['metadata', 'ownerReferences'], owners)),
  ...[
    [{ manager: 'm' }],
    [{ manager: 'm', operation: 'Update', fieldsType: 'X' }],
    [{ manager: 'm', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }],
  ].map((fields) => mutation(['metadata', 'managedFields'], fields)),
]
