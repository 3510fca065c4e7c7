import { type Answer, type Area, type Case, objectOf, type Request, type Step } from '../area.ts'
import { get, mergePatch, post } from './requests.ts'

const maps = '/api/v1/namespaces/{ns}/configmaps'
const secrets = '/api/v1/namespaces/{ns}/secrets'
const nobody = '00000000-0000-4000-8000-000000000000'

interface OwnerOptions {
  readonly blockOwnerDeletion?: boolean
  readonly controller?: boolean
}

/** A reference to the ConfigMap of an earlier step. */
const owner = (answer: Answer | undefined, options: OwnerOptions = {}): object => {
  const { name, uid } = objectOf(answer).metadata
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid, ...options }
}

const map = (name: string, more: object = {}): Request =>
  post(maps, { metadata: { name, ...more } })

/** A ConfigMap that is owned by those of earlier steps. */
const owned =
  (name: string, owners: readonly number[], options: OwnerOptions = {}, more: object = {}): Step =>
  (earlier) =>
    map(name, { ownerReferences: owners.map((at) => owner(earlier[at], options)), ...more })

const remove = (name: string, propagationPolicy?: string): Request => ({
  method: 'DELETE',
  path: `${maps}/${name}`,
  ...(propagationPolicy !== undefined && {
    body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy },
  }),
})

const gone = (name: string): Request => ({
  path: `${maps}/${name}`,
  until: ({ status }) => status === 404,
})

const without = (name: string, part: 'ownerReferences' | 'finalizers', left = 0): Request => ({
  path: `${maps}/${name}`,
  until: (answer) => (objectOf(answer).metadata[part] ?? []).length === left,
})

const release = (name: string): Request =>
  mergePatch(`${maps}/${name}`, { metadata: { finalizers: null } })

const hold = { finalizers: ['example.test/hold'] }
const there = (name: string): Request => get(`${maps}/${name}`)

const policyCases = ['Background', 'Foreground', 'Orphan', undefined].map((policy): Case => ({
  name: `an owner and what it owns: ${policy ?? 'no policy'}`,
  steps: [
    map('owner'),
    owned('a', [0]),
    owned('b', [0], { blockOwnerDeletion: true, controller: true }),
    owned('c', [1]),
    remove('owner', policy),
    gone('owner'),
    ...(policy === 'Orphan'
      ? [without('a', 'ownerReferences'), without('b', 'ownerReferences'), there('c')]
      : [gone('a'), gone('b'), gone('c')]),
  ],
}))

const cases: readonly Case[] = [
  ...policyCases,
  {
    name: 'foreground waits for who blocks',
    steps: [
      map('owner'),
      owned('blocks', [0], { blockOwnerDeletion: true }, hold),
      owned('other', [0], {}, hold),
      remove('owner', 'Foreground'),
      {
        path: `${maps}/blocks`,
        until: (answer) => objectOf(answer).metadata.deletionTimestamp !== undefined,
      },
      there('owner'),
      release('blocks'),
      gone('blocks'),
      gone('owner'),
      release('other'),
      gone('other'),
    ],
  },
  {
    name: 'foreground does not wait for who does not block',
    steps: [
      map('owner'),
      owned('other', [0], {}, hold),
      remove('owner', 'Foreground'),
      gone('owner'),
      {
        path: `${maps}/other`,
        until: (answer) => objectOf(answer).metadata.deletionTimestamp !== undefined,
      },
      release('other'),
      gone('other'),
    ],
  },
  {
    name: 'two owners',
    steps: [
      map('first'),
      map('second'),
      owned('a', [0, 1]),
      remove('first', 'Background'),
      without('a', 'ownerReferences', 1),
      remove('second', 'Background'),
      gone('a'),
    ],
  },
  {
    name: 'two owners, one of them in the foreground',
    steps: [
      map('first'),
      map('second'),
      owned('a', [0, 1], { blockOwnerDeletion: true }),
      remove('first', 'Foreground'),
      gone('first'),
      without('a', 'ownerReferences', 1),
    ],
  },
  {
    name: 'owners that are not there',
    steps: [
      map('a', {
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: nobody }],
      }),
      gone('a'),
      map('b'),
      (earlier) => map('c', { ownerReferences: [{ ...owner(earlier[2]), uid: nobody }] }),
      gone('c'),
      there('b'),
    ],
  },
  {
    name: 'owners of other kinds',
    steps: [
      post(secrets, { metadata: { name: 'owner' } }),
      (earlier) =>
        map('a', {
          ownerReferences: [{ ...owner(earlier[0]), kind: 'Secret' }],
        }),
      { method: 'DELETE', path: `${secrets}/owner` },
      gone('a'),
    ],
  },
  {
    name: 'a cluster-wide owner',
    steps: [
      post('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
        metadata: { name: '{ns}' },
        rules: [],
      }),
      (earlier) =>
        map('a', {
          ownerReferences: [
            {
              ...owner(earlier[0]),
              apiVersion: 'rbac.authorization.k8s.io/v1',
              kind: 'ClusterRole',
            },
          ],
        }),
      { method: 'DELETE', path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/{ns}' },
      gone('a'),
    ],
  },
  {
    name: 'orphans that are held',
    steps: [
      map('owner', hold),
      owned('a', [0]),
      remove('owner', 'Orphan'),
      without('a', 'ownerReferences'),
      without('owner', 'finalizers', 1),
      release('owner'),
      gone('owner'),
      there('a'),
    ],
  },
  {
    name: 'a circle',
    steps: [
      map('a'),
      owned('b', [0], { blockOwnerDeletion: true }),
      (earlier) =>
        mergePatch(`${maps}/a`, {
          metadata: { ownerReferences: [owner(earlier[1], { blockOwnerDeletion: true })] },
        }),
      remove('a', 'Foreground'),
      gone('a'),
      gone('b'),
    ],
  },
  {
    name: 'references that are wrong',
    steps: [
      map('a', { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x' }] }),
      map('b', { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', uid: nobody }] }),
      map('c', { ownerReferences: [{ kind: 'ConfigMap', name: 'x', uid: nobody }] }),
      map('d', { ownerReferences: [{ apiVersion: 'v1', name: 'x', uid: nobody }] }),
      map('e', { ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'x', uid: nobody }] }),
      map('owner'),
      (earlier) =>
        map('f', {
          ownerReferences: [
            owner(earlier[5], { controller: true }),
            { ...owner(earlier[5], { controller: true }), uid: nobody },
          ],
        }),
    ],
  },
]

/** What goes with what. */
export const garbageArea: Area = { name: 'garbage', controllers: true, cases: () => cases }
