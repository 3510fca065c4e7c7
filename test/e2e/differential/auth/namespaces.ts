import { type Answer, type Area, type Case, objectOf, type Request } from '../area.ts'
import { get, mergePatch, post, put } from './requests.ts'

const namespaces = '/api/v1/namespaces'
const own = `${namespaces}/{ns}`
const maps = `${own}/configmaps`

const remove = (path: string): Request => ({ method: 'DELETE', path })
const until = (path: string, done: (answer: Answer) => boolean): Request => ({ path, until: done })
const gone = (path: string): Request => until(path, ({ status }) => status === 404)

interface Condition {
  readonly type: string
  readonly status: string
}

const conditionIs =
  (type: string, status: string) =>
  (answer: Answer): boolean => {
    const { conditions = [] } = (objectOf(answer).status ?? {}) as { conditions?: Condition[] }
    return conditions.some((one) => one.type === type && one.status === status)
  }

const held = { metadata: { name: 'held', finalizers: ['example.test/hold'] } }
const release = mergePatch(`${maps}/held`, { metadata: { finalizers: null } })

const cases: readonly Case[] = [
  {
    name: 'what a new one has',
    steps: [
      post(namespaces, { metadata: { name: '{ns}-new' } }),
      until(`${own}-new/serviceaccounts/default`, ({ status }) => status === 200),
      {
        ...until(`${own}-new/configmaps/kube-root-ca.crt`, ({ status }) => status === 200),
        headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
      },
      remove(`${own}-new/serviceaccounts/default`),
      until(`${own}-new/serviceaccounts/default`, ({ status }) => status === 200),
      remove(`${own}-new`),
      gone(`${own}-new`),
    ],
  },
  {
    name: 'an empty one',
    steps: [
      post(namespaces, { metadata: { name: '{ns}-x' } }),
      remove(`${own}-x`),
      gone(`${own}-x`),
      post(namespaces, { metadata: { name: '{ns}-x' } }),
      get(`${own}-x`),
      remove(`${own}-x`),
      gone(`${own}-x`),
    ],
  },
  {
    name: 'one with content',
    steps: [
      post(maps, { metadata: { name: 'a' } }),
      post(`${own}/secrets`, { metadata: { name: 'a' } }),
      post(`/apis/apps/v1/namespaces/{ns}/deployments`, {
        metadata: { name: 'a' },
        spec: {
          replicas: 0,
          selector: { matchLabels: { a: 'b' } },
          template: {
            metadata: { labels: { a: 'b' } },
            spec: { containers: [{ name: 'c', image: 'i' }] },
          },
        },
      }),
      remove(own),
      gone(own),
      get(`${maps}/a`),
      get(maps),
    ],
  },
  {
    name: 'one whose content is held',
    steps: [
      post(maps, held),
      remove(own),
      until(own, conditionIs('NamespaceFinalizersRemaining', 'True')),
      remove(own),
      post(maps, { metadata: { name: 'late' } }),
      { ...post(maps, { metadata: { name: 'late' } }), query: { dryRun: 'All' } },
      put(`${maps}/held`, { metadata: { name: 'held' }, data: { a: 'b' } }),
      until(`${maps}/held`, ({ status }) => status === 404),
      gone(own),
    ],
  },
  {
    name: 'one whose content is released late',
    steps: [
      post(maps, held),
      post(`${own}/secrets`, held),
      remove(own),
      until(own, conditionIs('NamespaceContentRemaining', 'True')),
      mergePatch(`${own}/secrets/held`, { metadata: { finalizers: null } }),
      release,
      gone(own),
    ],
  },
  {
    name: 'one that is held itself',
    steps: [
      post(namespaces, {
        metadata: { name: '{ns}-x' },
        spec: { finalizers: ['example.test/own'] },
      }),
      remove(`${own}-x`),
      until(`${own}-x`, (answer) => {
        const { finalizers = [] } = (objectOf(answer).spec ?? {}) as { finalizers?: string[] }
        return finalizers.length === 1
      }),
      (earlier) => ({
        method: 'PUT',
        path: `${own}-x/finalize`,
        body: { ...objectOf(earlier[2]), spec: { finalizers: [] } },
      }),
      gone(`${own}-x`),
    ],
  },
  {
    name: 'those that stay',
    steps: ['default', 'kube-system', 'kube-public'].map((name) => remove(`${namespaces}/${name}`)),
  },
  {
    name: 'one that is not there',
    steps: [
      post(`${own}-nowhere/configmaps`, { metadata: { name: 'a' } }),
      get(`${own}-nowhere/configmaps`),
      get(`${own}-nowhere/configmaps/a`),
      remove(`${own}-nowhere/configmaps/a`),
      remove(`${own}-nowhere`),
    ],
  },
]

/** Namespaces that come and go. */
export const namespacesArea: Area = { name: 'namespaces', controllers: true, cases: () => cases }
