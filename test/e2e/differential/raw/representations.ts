import { type Area, type Case, objectOf, type Request, type Step } from '../area.ts'
import { autoscalersOfBothVersions } from './autoscalers.ts'
import { allTargets, ownSelector, type Target } from './targets.ts'

const as = (what: string, version: string, rest = ''): string =>
  `application/json;as=${what};g=meta.k8s.io;v=${version}${rest}`

/** What clients ask for, and what nobody can give. */
const accepts = {
  'Table v1': as('Table', 'v1'),
  'Table v1beta1': as('Table', 'v1beta1'),
  'Table as kubectl asks': `${as('Table', 'v1')},${as('Table', 'v1beta1')},application/json`,
  'PartialObjectMetadata v1': as('PartialObjectMetadata', 'v1'),
  'PartialObjectMetadata v1beta1': as('PartialObjectMetadata', 'v1beta1'),
  'PartialObjectMetadataList v1': as('PartialObjectMetadataList', 'v1'),
  yaml: 'application/yaml',
  'protobuf or JSON': 'application/vnd.kubernetes.protobuf,application/json',
  protobuf: 'application/vnd.kubernetes.protobuf',
  'Table v2': as('Table', 'v2'),
} as const

const onObject: readonly (keyof typeof accepts)[] = [
  'Table v1',
  'Table v1beta1',
  'PartialObjectMetadata v1',
  'PartialObjectMetadataList v1',
  'yaml',
  'protobuf or JSON',
  'Table v2',
]

const onList: readonly (keyof typeof accepts)[] = [
  'Table as kubectl asks',
  'PartialObjectMetadata v1',
  'PartialObjectMetadataList v1',
  'yaml',
  'protobuf or JSON',
]

const get = (path: string, accept: string, query: Request['query'] = {}): Request => ({
  path,
  query,
  headers: { accept },
})

function stepsOf(target: Target): Step[] {
  const { collection, pathOf, object } = target
  const own = { labelSelector: ownSelector }
  const created: Request = { method: 'POST', path: collection, body: object('a') }
  if (target.sample.unsettled === true) {
    return [created, get(collection, accepts['Table v1'], { labelSelector: 'none=here' })]
  }
  return [
    created,
    ...onObject.map((name) => get(pathOf('a'), accepts[name])),
    ...['None', 'Metadata', 'Object', 'Other'].map((includeObject) =>
      get(pathOf('a'), accepts['Table v1'], { includeObject }),
    ),
    ...onList.map((name) => get(collection, accepts[name], own)),
    get(collection, accepts['Table v1'], { labelSelector: 'none=here' }),
    (earlier) => {
      const { metadata } = (earlier[0]?.body ?? {}) as { metadata?: { resourceVersion?: string } }
      const before = String(Number(metadata?.resourceVersion ?? 1) - 1)
      return {
        ...get(collection, accepts['Table v1'], { ...own, watch: 1, resourceVersion: before }),
        events: 1,
      }
    },
    get(collection, accepts['protobuf or JSON'], { ...own, watch: 1, timeoutSeconds: 1 }),
    get(pathOf('missing'), accepts.protobuf),
    { method: 'DELETE', path: pathOf('a'), headers: { accept: accepts['protobuf or JSON'] } },
  ]
}

const caseOf = (target: Target): Case => ({ name: target.key, steps: stepsOf(target) })

/** The Scale of an object, which is of another kind than what it is a view of. */
function scaleCase({ key, collection, pathOf, object }: Target): Case {
  const scale = `${pathOf('a')}/scale`
  return {
    name: `${key}/scale`,
    steps: [
      { method: 'POST', path: collection, body: object('a') },
      ...onObject.map((name) => get(scale, accepts[name])),
      ...['None', 'Object', 'Other'].map((includeObject) =>
        get(scale, accepts['Table as kubectl asks'], { includeObject }),
      ),
      {
        method: 'PATCH',
        path: scale,
        headers: {
          accept: accepts['Table v1'],
          'content-type': 'application/merge-patch+json',
        },
        body: { spec: { replicas: 3 } },
      },
      (earlier) => ({
        method: 'PUT',
        path: scale,
        headers: { accept: accepts['PartialObjectMetadata v1'] },
        body: {
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          metadata: { name: objectOf(earlier[0]).metadata.name },
          spec: { replicas: 0 },
        },
      }),
      get(scale, accepts['Table v1']),
      { path: pathOf('a') },
      get(`${pathOf('missing')}/scale`, accepts['Table v1']),
    ],
  }
}

/** Every resource as tables, as metadata alone, as YAML and in protobuf. */
export const representations: Area = {
  name: 'representations',
  cases: () => [
    ...allTargets().map(caseOf),
    ...allTargets()
      .filter(({ info }) => info.subresources.has('scale'))
      .map(scaleCase),
    autoscalersOfBothVersions,
  ],
}
