import type { Limit } from '../../../../federation-apiserver/admission/limit-problems.ts'
import type { Case, Request } from '../area.ts'
import { core, dry, until } from './quota-requests.ts'
import { get, mergePatch, post, remove } from './requests.ts'

type Amounts = Readonly<Record<string, string>>

const limitRange = (limits: readonly Limit[], name = 'l'): Request =>
  post(`${core}/limitranges`, { metadata: { name }, spec: { limits } })

const claimBody = (name: string, storage: string): object => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
})
const claim = (name: string, storage: string): Request =>
  post(`${core}/persistentvolumeclaims`, claimBody(name, storage))

/** A last one, which admission has seen when it forbids a claim of 1Ti: with it all that came before. */
const inForce = (...ranges: (readonly Limit[])[]): Request[] => [
  ...ranges.map((limits, i) => limitRange(limits, `l-${i}`)),
  limitRange([{ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }], 'probe'),
  until(403, dry(claim('probe', '1Ti'))),
]

interface Resources {
  readonly requests?: Amounts
  readonly limits?: Amounts
}

const container = (name: string, resources: Resources = {}, more: object = {}): object => ({
  name,
  image: 'i',
  resources,
  ...more,
})

const podOf = (name: string, spec: object): Request =>
  post(`${core}/pods`, { metadata: { name }, spec })

const pod = (name: string, ...all: Resources[]): Request =>
  podOf(name, { containers: all.map((resources, i) => container(`c${i}`, resources)) })

const cpu = (requests?: string, limits?: string): Resources => ({
  ...(requests !== undefined && { requests: { cpu: requests } }),
  ...(limits !== undefined && { limits: { cpu: limits } }),
})
const memory = (requests?: string, limits?: string): Resources => ({
  ...(requests !== undefined && { requests: { memory: requests } }),
  ...(limits !== undefined && { limits: { memory: limits } }),
})

/** Pods against one limit each; those that are let through are shown with what they were given. */
const judged = (name: string, limit: Limit, ...pods: Resources[][]): Case => ({
  name: `limits: ${name}`,
  steps: [...inForce([limit]), ...pods.map((all, i) => pod(`p-${i}`, ...all))],
})

const containerCases: readonly Case[] = [
  judged(
    'least cpu of a container',
    {
      type: 'Container',
      min: { cpu: '100m' },
      default: { cpu: '1' },
      defaultRequest: { cpu: '1' },
    },
    [{}],
    [cpu('50m')],
    [cpu('100m')],
    [cpu('0.05', '0.09')],
    [cpu(undefined, '50m')],
    [cpu('1'), cpu('10m')],
    [cpu('10m'), cpu('10m')],
    [cpu('10m'), cpu('20m')],
    [memory('1Mi')],
  ),
  judged(
    'most cpu of a container',
    { type: 'Container', max: { cpu: '1' } },
    [{}],
    [cpu('2', '2')],
    [cpu('1')],
    [cpu('500m', '1500m')],
    [cpu('1', '1')],
    [cpu(undefined, '1001m')],
    [memory('1Mi')],
  ),
  judged(
    'most memory of a container',
    { type: 'Container', max: { memory: '1Gi' } },
    [memory('1Gi')],
    [memory('1025Mi')],
    [memory('1Mi', '1073741825')],
    [memory('1e9', '1073741824')],
    [memory('0.5Gi', '1.5Gi')],
  ),
  judged(
    'least and most of a container',
    { type: 'Container', min: { cpu: '100m' }, max: { cpu: '1' } },
    [{}],
    [cpu('50m', '2')],
    [cpu('50m', '60m')],
    [cpu('2')],
  ),
  judged(
    'ratio of a container',
    { type: 'Container', maxLimitRequestRatio: { cpu: '1.5' } },
    [{}],
    [cpu('1')],
    [cpu('1', '1.5')],
    [cpu('1', '1501m')],
    [cpu('3', '10')],
    [cpu('0', '1')],
    [cpu(undefined, '1')],
    [cpu('0', '0')],
  ),
  judged(
    'ratio of memory',
    { type: 'Container', maxLimitRequestRatio: { memory: '2' } },
    [memory('1Mi', '2Mi')],
    [memory('1Mi', '3Mi')],
    [memory('1', '3')],
    [memory('300Mi', '1Gi')],
  ),
  judged(
    'defaults',
    {
      type: 'Container',
      default: { cpu: '1', memory: '512Mi' },
      defaultRequest: { cpu: '0.5', memory: '256Mi' },
    },
    [{}],
    [{}, {}],
    [cpu('100m')],
    [cpu('2')],
    [cpu(undefined, '2')],
    [memory('1Mi', '2Mi')],
    [{ ...cpu('1', '1'), ...memory('1', '1') }],
    [{ requests: { cpu: '1', memory: '1Mi' }, limits: { cpu: '1', memory: '1Mi' } }],
    [{ requests: { 'ephemeral-storage': '1Gi' } }],
  ),
  judged(
    'requests by default',
    { type: 'Container', defaultRequest: { cpu: '250m' } },
    [{}],
    [cpu(undefined, '100m')],
    [cpu('1')],
  ),
  judged(
    'limits by default',
    { type: 'Container', default: { memory: '1Gi', 'ephemeral-storage': '2Gi' } },
    [{}],
    [memory('2Gi')],
    [memory('1Mi'), memory(undefined, '1Mi')],
  ),
]

const podCases: readonly Case[] = [
  judged(
    'least cpu of a Pod',
    { type: 'Pod', min: { cpu: '1' } },
    [{}],
    [cpu('500m'), cpu('499m')],
    [cpu('500m'), cpu('500m')],
    [cpu('1', '1'), {}],
    [cpu('500m', '600m'), memory('1Mi')],
  ),
  judged(
    'most memory of a Pod',
    { type: 'Pod', max: { memory: '1Gi' } },
    [{}],
    [memory('512Mi', '512Mi'), memory('512Mi', '512Mi')],
    [memory('512Mi', '512Mi'), memory('512Mi', '513Mi')],
    [memory('512Mi', '512Mi'), {}],
    [memory('2Gi'), memory('1Mi', '1Mi')],
    [memory('1000Mi', '1000Mi'), memory('1G', '1G')],
    [memory('1G', '1G'), memory('1000Mi', '1000Mi')],
  ),
  judged(
    'ratio of a Pod',
    { type: 'Pod', maxLimitRequestRatio: { cpu: '2' } },
    [{}],
    [cpu('1', '3'), cpu('1', '1')],
    [cpu('1', '3'), cpu('1', '2')],
    [cpu('1')],
  ),
  {
    name: 'limits: init containers and sidecars',
    steps: [
      ...inForce(
        [{ type: 'Pod', max: { cpu: '2' } }],
        [{ type: 'Container', min: { memory: '4Mi' }, defaultRequest: { memory: '8Mi' } }],
      ),
      podOf('a', {
        initContainers: [container('i', cpu('2', '2'))],
        containers: [container('c', cpu('2', '2'))],
      }),
      podOf('b', {
        initContainers: [container('i', cpu('1', '3'))],
        containers: [container('c', cpu('1', '1'))],
      }),
      podOf('c', {
        initContainers: [container('s', cpu('1', '1'), { restartPolicy: 'Always' })],
        containers: [container('c', cpu('1', '2'))],
      }),
      podOf('d', {
        initContainers: [
          container('s', cpu('1', '1'), { restartPolicy: 'Always' }),
          container('i', cpu('1', '1500m')),
        ],
        containers: [container('c', cpu('1', '1'))],
      }),
      podOf('e', {
        initContainers: [
          container('i', cpu('1', '2')),
          container('s', cpu('1', '1'), { restartPolicy: 'Always' }),
        ],
        containers: [container('c', cpu('1', '1'))],
      }),
      podOf('f', {
        initContainers: [container('i', { ...memory('1Mi', '2Mi') })],
        containers: [container('c', cpu('1', '1'))],
      }),
      podOf('g', {
        resources: { requests: { cpu: '1' }, limits: { cpu: '3' } },
        containers: [container('c')],
      }),
      podOf('h', {
        resources: { requests: { cpu: '1' }, limits: { cpu: '2' } },
        containers: [container('c')],
      }),
    ],
  },
]

/** A Pod that says what it needs as a whole. */
const whole = (name: string, resources: Resources, ...all: Resources[]): Request =>
  podOf(name, { resources, containers: all.map((own, i) => container(`c${i}`, own)) })

const wholeCases: readonly Case[] = [
  {
    name: 'limits: Pods as a whole, without limits',
    steps: [
      whole('a', cpu(undefined, '4'), cpu('1'), cpu('500m')),
      whole('b', { limits: { cpu: '4', memory: '1Gi' } }, cpu('1')),
      whole('c', { requests: { cpu: '1' }, limits: { cpu: '4', memory: '1Gi' } }, memory('1Mi')),
      whole('d', cpu('1'), memory('1Mi')),
      whole('e', cpu(undefined, '1'), {}),
      whole('f', cpu(undefined, '1'), cpu('2')),
    ],
  },
  {
    name: 'limits: Pods as a whole',
    steps: [
      ...inForce([
        { type: 'Container', defaultRequest: { cpu: '100m', memory: '1Mi' } },
        { type: 'Pod', max: { cpu: '2' }, min: { memory: '4Mi' } },
      ]),
      whole('a', cpu(undefined, '2'), {}),
      whole('b', { limits: { cpu: '2', memory: '8Mi' } }, {}, {}),
      whole('c', { limits: { cpu: '3' }, requests: { memory: '8Mi' } }, {}),
      whole('d', { limits: { cpu: '2' }, requests: { memory: '8Mi' } }, {}),
      whole('e', { requests: { cpu: '1', memory: '8Mi' } }, {}),
    ],
  },
]

const bothTypes: readonly Limit[] = [
  { type: 'Pod', max: { cpu: '2' } },
  { type: 'Container', max: { cpu: '1' }, min: { cpu: '200m' } },
]

const otherCases: readonly Case[] = [
  {
    name: 'limits: of claims',
    steps: [
      limitRange([
        { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '4Gi' } },
      ]),
      until(403, dry(claim('a', '5Gi'))),
      claim('a', '1Mi'),
      claim('a', '5Gi'),
      claim('a', '1Gi'),
      claim('b', '4Gi'),
      mergePatch(`${core}/persistentvolumeclaims/a`, { metadata: { labels: { a: 'b' } } }),
      mergePatch(`${core}/limitranges/l`, {
        spec: {
          limits: [
            { type: 'PersistentVolumeClaim', min: { storage: '2Gi' }, max: { storage: '3Gi' } },
          ],
        },
      }),
      until(403, dry(claim('c', '4Gi'))),
      mergePatch(`${core}/persistentvolumeclaims/a`, { metadata: { labels: { a: 'c' } } }),
      mergePatch(`${core}/persistentvolumeclaims/b`, { metadata: { labels: { a: 'c' } } }),
      mergePatch(`${core}/persistentvolumeclaims/b/status`, {
        status: { phase: 'Bound', capacity: { storage: '4Gi' } },
      }),
      mergePatch(`${core}/persistentvolumeclaims/b`, {
        spec: { resources: { requests: { storage: '5Gi' } } },
      }),
      remove(`${core}/persistentvolumeclaims/b`),
      get(`${core}/persistentvolumeclaims/a`),
    ],
  },
  {
    name: 'limits: several types in one',
    steps: [
      ...inForce(bothTypes),
      pod('a', cpu('1', '1'), cpu('1', '1')),
      pod('b', cpu('1', '1'), cpu('1', '1'), cpu('1', '1')),
      pod('c', cpu('100m', '2'), cpu('1', '3')),
      pod('d', cpu('100m', '100m'), cpu('100m', '100m')),
      pod('e'),
    ],
  },
  {
    name: 'limits: several LimitRanges',
    steps: [
      ...inForce(
        [{ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '1' } }],
        [{ type: 'Pod', max: { cpu: '1' } }],
      ),
      pod('a', {}),
      pod('b', {}, {}),
      post(`${core}/pods`, {
        metadata: { generateName: 'g-' },
        spec: { containers: [container('c')] },
      }),
    ],
  },
  {
    name: 'limits: dry runs, changes and ends',
    steps: [
      pod('before', cpu('4', '4')),
      ...inForce([{ type: 'Container', max: { cpu: '1' } }]),
      dry(pod('a', cpu('2', '2'))),
      dry(pod('a', {})),
      mergePatch(`${core}/pods/before`, { metadata: { labels: { a: 'b' } } }),
      mergePatch(`${core}/pods/before/status`, { status: { message: 'm' } }),
      mergePatch(`${core}/pods/before`, { spec: { containers: [container('c0', cpu('3', '3'))] } }),
      post('/apis/apps/v1/namespaces/{ns}/deployments', {
        metadata: { name: 'd' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: {
            metadata: { labels: { a: 'b' } },
            spec: { containers: [container('c', cpu('4', '4'))] },
          },
        },
      }),
      remove(`${core}/limitranges/l-0`),
      until(201, pod('late', cpu('4', '4'))),
    ],
  },
  {
    name: 'limits: an annotation that is there',
    steps: [
      ...inForce([{ type: 'Container', default: { cpu: '1' } }]),
      post(`${core}/pods`, {
        metadata: { name: 'a', annotations: { 'kubernetes.io/limit-ranger': 'mine', other: 'b' } },
        spec: { containers: [container('c')] },
      }),
      post(`${core}/pods`, {
        metadata: { name: 'b', annotations: { 'kubernetes.io/limit-ranger': 'mine' } },
        spec: { containers: [container('c', cpu('1', '1'))] },
      }),
    ],
  },
  {
    name: 'limits: ephemeral containers',
    steps: [
      ...inForce([{ type: 'Container', min: { cpu: '100m' }, defaultRequest: { cpu: '100m' } }]),
      pod('a', {}),
      {
        method: 'PATCH',
        path: `${core}/pods/a/ephemeralcontainers`,
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
        body: { spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } },
      },
      get(`${core}/pods/a`),
    ],
  },
]

/** LimitRanges: what they fill in, and what they refuse. */
export const limitRangeCases: readonly Case[] = [
  ...containerCases,
  ...podCases,
  ...wholeCases,
  ...otherCases,
]
