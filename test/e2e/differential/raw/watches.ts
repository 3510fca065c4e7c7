import { type Area, type Answer, type Case, objectOf, type Request, type Step } from '../area.ts'

type Query = NonNullable<Request['query']>

const collection = '/api/v1/namespaces/{ns}/configmaps'

const write = (method: string, name: string, labels: Record<string, string>): Request => ({
  method,
  path: method === 'POST' ? collection : `${collection}/${name}`,
  body: { metadata: { name, labels }, data: labels },
})

/** a is made, moves out of `side=left`, comes back, and goes; b stays. */
const history: readonly Request[] = [
  write('POST', 'before', { side: 'left' }),
  write('POST', 'a', { side: 'left' }),
  write('POST', 'b', { side: 'right' }),
  write('PUT', 'a', { side: 'right' }),
  write('PUT', 'a', { side: 'left' }),
  write('PUT', 'a', { side: 'left', more: 'yes' }),
  { method: 'DELETE', path: `${collection}/a` },
]

const firstVersion = (earlier: readonly Answer[]): string =>
  objectOf(earlier[0]).metadata.resourceVersion ?? ''

const watching =
  (query: Query, more: Partial<Request> = {}): Step =>
  (earlier) => ({
    path: collection,
    query: { watch: 1, timeoutSeconds: 1, resourceVersion: firstVersion(earlier), ...query },
    ...more,
  })

const as = (what: string): Partial<Request> => ({
  headers: { accept: `application/json;as=${what};g=meta.k8s.io;v=v1` },
})

const watches: Readonly<Record<string, readonly Step[]>> = {
  'all after a version': [watching({})],
  'a label selector, in and out': [watching({ labelSelector: 'side=left' })],
  'another label selector': [watching({ labelSelector: 'side notin (left)' })],
  'a field selector': [watching({ fieldSelector: 'metadata.name=a' })],
  'a name in the path': [
    (earlier) => ({
      path: `/api/v1/watch/namespaces/{ns}/configmaps/a`,
      query: { timeoutSeconds: 1, resourceVersion: firstVersion(earlier) },
    }),
  ],
  'the watch path': [
    (earlier) => ({
      path: `/api/v1/watch/namespaces/{ns}/configmaps`,
      query: { timeoutSeconds: 1, resourceVersion: firstVersion(earlier) },
    }),
  ],
  'as tables': [watching({}, as('Table'))],
  'as tables without objects': [watching({ includeObject: 'None' }, as('Table'))],
  'as metadata': [watching({}, as('PartialObjectMetadata'))],
  'from now, without a version': [watching({ resourceVersion: '' })],
  'from any version': [watching({ resourceVersion: '0' })],
  'initial events': [
    watching(
      {
        resourceVersion: '',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
      },
      { events: 3 },
    ),
  ],
  'initial events, any version': [
    watching(
      {
        resourceVersion: '0',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
      },
      { events: 3 },
    ),
  ],
  'initial events as tables': [
    watching(
      {
        resourceVersion: '',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
      },
      { events: 3, ...as('Table') },
    ),
  ],
  'initial events as metadata': [
    watching(
      {
        resourceVersion: '',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
      },
      { events: 3, ...as('PartialObjectMetadata') },
    ),
  ],
  'initial events of one label': [
    watching(
      {
        resourceVersion: '',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
        labelSelector: 'side=left',
      },
      { events: 2 },
    ),
  ],
  'initial events without bookmarks': [
    watching({
      resourceVersion: '',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
    }),
  ],
  'no initial events, from now': [
    watching({
      resourceVersion: '',
      sendInitialEvents: 'false',
      resourceVersionMatch: 'NotOlderThan',
    }),
  ],
  'options that do not go together': [
    watching({ sendInitialEvents: 'true' }),
    watching({ sendInitialEvents: 'true', resourceVersionMatch: 'Exact' }),
    watching({ sendInitialEvents: 'true', resourceVersionMatch: 'Other' }),
    watching({ resourceVersionMatch: 'NotOlderThan' }),
    watching({ resourceVersionMatch: 'Exact' }),
    watching({ sendInitialEvents: 'false' }),
    watching({ sendInitialEvents: 'maybe' }),
    watching({ limit: 1 }),
    watching({ continue: 'text' }),
    watching({ resourceVersion: 'text' }),
    watching({ resourceVersion: '-1' }),
    watching({ resourceVersion: '1' }),
    watching({ timeoutSeconds: 'text' }),
    watching({ labelSelector: 'in (' }),
    watching({ fieldSelector: 'data.x=1' }),
    watching({ watch: 'true' }),
    watching({ watch: '' }),
    watching({ watch: 'yes' }),
    watching({}, { headers: { accept: 'application/yaml' } }),
    watching({}, { headers: { accept: 'application/yaml, */*' } }),
    watching({}, { headers: { accept: 'application/json, application/yaml' } }),
    watching({}, { headers: { accept: 'application/yaml;q=0.5, application/json;q=0.4' } }),
    watching({}, { headers: { accept: 'application/json;stream=watch' } }),
    watching({}, { headers: { accept: 'text/html' } }),
    watching({}, { method: 'POST', body: {} }),
  ],
}

/** Streams: what is seen, in which form, and what is refused. */
export const watchesArea: Area = {
  name: 'watches',
  cases: () =>
    Object.entries(watches).map(([name, steps]): Case => ({ name, steps: [...history, ...steps] })),
}
