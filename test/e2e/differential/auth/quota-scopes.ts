import type { Case, Request, Step } from '../area.ts'
import { core, counted, inForce, q, quotas, until } from './quota-requests.ts'
import { get, mergePatch, post, put, remove } from './requests.ts'

interface Scoped {
  readonly scopes?: readonly string[]
  readonly scopeSelector?: { readonly matchExpressions: readonly object[] }
}

type Amounts = Readonly<Record<string, string>>

const scoped = (hard: Amounts, scope: Scoped, name = 'q'): Request =>
  post(quotas, { metadata: { name }, spec: { hard, ...scope } })

const selecting = (scopeName: string, operator: string, ...values: string[]): Scoped => ({
  scopeSelector: {
    matchExpressions: [{ scopeName, operator, ...(values.length > 0 && { values }) }],
  },
})

const noneOf = (hard: Amounts): Amounts =>
  Object.fromEntries(Object.keys(hard).map((name) => [name, '0']))

/** A quota with scopes, counted, and known to admission: which has seen another one that came later. */
const scopedInForce = (hard: Amounts, scope: Scoped): Step[] => [
  scoped(hard, scope),
  counted(noneOf(hard)),
  ...inForce({}, 'probe'),
]

interface PodSpec {
  readonly resources?: object
  readonly [field: string]: unknown
}

const pod = (name: string, { resources = {}, ...spec }: PodSpec = {}): Request =>
  post(`${core}/pods`, {
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec },
  })

const podAffinity = (kind: 'podAffinity' | 'podAntiAffinity', term: object): PodSpec => ({
  affinity: {
    [kind]: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          podAffinityTerm: {
            labelSelector: { matchLabels: { a: 'b' } },
            topologyKey: 'zone',
            ...term,
          },
        },
      ],
    },
  },
})

const required = (term: object): PodSpec => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { a: 'b' } }, topologyKey: 'zone', ...term },
      ],
    },
  },
})

const plain: PodSpec = {}
const ending: PodSpec = { activeDeadlineSeconds: 3600 }
const asking: PodSpec = { resources: { requests: { cpu: '1m' } } }
const critical: PodSpec = { priorityClassName: 'system-cluster-critical' }
const nodeCritical: PodSpec = { priorityClassName: 'system-node-critical' }

/** By scope: Pods that are in it, and Pods that are not. */
const podScopes: Readonly<
  Record<string, { scope: Scoped; inside: readonly PodSpec[]; outside: readonly PodSpec[] }>
> = {
  Terminating: {
    scope: { scopes: ['Terminating'] },
    inside: [ending, { ...ending, ...asking }],
    outside: [plain, asking],
  },
  NotTerminating: {
    scope: { scopes: ['NotTerminating'] },
    inside: [plain, asking],
    outside: [ending],
  },
  BestEffort: {
    scope: { scopes: ['BestEffort'] },
    inside: [plain, ending],
    outside: [asking, { resources: { limits: { cpu: '1', memory: '1Mi' } } }],
  },
  NotBestEffort: {
    scope: { scopes: ['NotBestEffort'] },
    inside: [asking, { resources: { limits: { memory: '1Mi' } } }],
    outside: [plain, { resources: { requests: { 'ephemeral-storage': '1Mi' } } }],
  },
  CrossNamespacePodAffinity: {
    scope: { scopes: ['CrossNamespacePodAffinity'] },
    inside: [
      podAffinity('podAffinity', { namespaces: ['other'] }),
      podAffinity('podAntiAffinity', { namespaceSelector: {} }),
      required({ namespaces: ['other'] }),
    ],
    outside: [plain, podAffinity('podAffinity', {}), required({ namespaces: [] })],
  },
  'PriorityClass as a scope': {
    scope: { scopes: ['PriorityClass'] },
    inside: [critical, nodeCritical],
    outside: [plain],
  },
  'PriorityClass Exists': {
    scope: selecting('PriorityClass', 'Exists'),
    inside: [critical, nodeCritical],
    outside: [plain],
  },
  'PriorityClass DoesNotExist': {
    scope: selecting('PriorityClass', 'DoesNotExist'),
    inside: [plain, ending],
    outside: [critical],
  },
  'PriorityClass In': {
    scope: selecting('PriorityClass', 'In', 'system-cluster-critical', 'other'),
    inside: [critical, { ...critical, ...ending }],
    outside: [plain, nodeCritical],
  },
  'PriorityClass NotIn': {
    scope: selecting('PriorityClass', 'NotIn', 'system-cluster-critical'),
    inside: [plain, nodeCritical],
    outside: [critical],
  },
  'two scopes': {
    scope: { scopes: ['NotTerminating', 'BestEffort'] },
    inside: [plain, critical],
    outside: [ending, asking],
  },
  'a scope and a selector': {
    scope: { scopes: ['Terminating'], ...selecting('PriorityClass', 'Exists') },
    inside: [
      { ...ending, ...critical },
      { ...ending, ...nodeCritical },
    ],
    outside: [ending, critical],
  },
  'a selector of several': {
    scope: {
      scopeSelector: {
        matchExpressions: [
          { scopeName: 'BestEffort', operator: 'Exists' },
          { scopeName: 'PriorityClass', operator: 'NotIn', values: ['system-node-critical'] },
        ],
      },
    },
    inside: [plain, critical],
    outside: [asking, nodeCritical],
  },
  'VolumeAttributesClass besides': {
    scope: { scopes: ['VolumeAttributesClass'] },
    inside: [],
    outside: [plain],
  },
}

/** A Pod that is deleted goes in two steps: `pods` falls with the first, `count/pods` with the last. */
const podCases = Object.entries(podScopes).map(([name, { scope, inside, outside }]): Case => {
  const resource = name.startsWith('Volume') ? 'count/pods' : 'pods'
  const room = String(inside.length)
  const left = String(inside.length - 1)
  return {
    name: `pods of scope ${name}`,
    steps: [
      ...scopedInForce(
        { [resource]: room, ...(resource === 'pods' && { 'count/pods': '9' }) },
        scope,
      ),
      ...outside.map((spec, i) => pod(`out-${i}`, spec)),
      get(q),
      ...inside.map((spec, i) => pod(`in-${i}`, spec)),
      get(q),
      ...inside
        .slice(0, 1)
        .flatMap((spec) => [
          pod('more', spec),
          remove(`${core}/pods/in-0`),
          counted({ pods: left, 'count/pods': left }),
          until(201, pod('more', spec)),
          pod('yet-more', spec),
        ]),
      ...outside.map((spec, i) => pod(`late-${i}`, spec)),
      get(q),
    ],
  }
})

const claim = (name: string, volumeAttributesClassName?: string): Request =>
  post(`${core}/persistentvolumeclaims`, {
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      ...(volumeAttributesClassName !== undefined && { volumeAttributesClassName }),
    },
  })

const claimStatus = (name: string, status: object): Request =>
  mergePatch(`${core}/persistentvolumeclaims/${name}/status`, { status })

const hardClaims = { persistentvolumeclaims: '2', 'count/persistentvolumeclaims': '9' }

const claimCase = (
  name: string,
  scope: Scoped,
  classes: readonly (string | undefined)[],
): Case => ({
  name: `claims of scope VolumeAttributesClass ${name}`,
  steps: [
    ...scopedInForce(hardClaims, scope),
    ...classes.flatMap((one, i) => [claim(`c-${i}`, one), get(q)]),
  ],
})

const claimCases: readonly Case[] = [
  claimCase('as a scope', { scopes: ['VolumeAttributesClass'] }, ['gold', undefined, 'b', 'gold']),
  claimCase('Exists', selecting('VolumeAttributesClass', 'Exists'), ['gold', undefined, 'b', 'c']),
  claimCase('DoesNotExist', selecting('VolumeAttributesClass', 'DoesNotExist'), [
    'gold',
    undefined,
    undefined,
    undefined,
  ]),
  claimCase('In', selecting('VolumeAttributesClass', 'In', 'gold', 'b'), [
    'gold',
    undefined,
    'c',
    'b',
    'b',
  ]),
  claimCase('NotIn', selecting('VolumeAttributesClass', 'NotIn', 'gold'), [
    'gold',
    undefined,
    'c',
    'b',
  ]),
  {
    name: 'claims that change their class',
    steps: [
      ...scopedInForce(
        { persistentvolumeclaims: '1' },
        selecting('VolumeAttributesClass', 'In', 'gold'),
      ),
      claim('a', 'gold'),
      claim('b', 'silver'),
      claimStatus('b', { phase: 'Bound', currentVolumeAttributesClassName: 'silver' }),
      get(q),
      mergePatch(`${core}/persistentvolumeclaims/b`, {
        spec: { volumeAttributesClassName: 'gold' },
      }),
      get(q),
      claimStatus('b', {
        modifyVolumeStatus: { targetVolumeAttributesClassName: 'gold', status: 'Pending' },
      }),
      counted({ persistentvolumeclaims: '2' }),
      claimStatus('b', { modifyVolumeStatus: null }),
      counted({ persistentvolumeclaims: '1' }),
      remove(`${core}/persistentvolumeclaims/a`),
      counted({ persistentvolumeclaims: '0' }),
      mergePatch(`${core}/persistentvolumeclaims/b`, {
        spec: { volumeAttributesClassName: 'gold' },
      }),
      counted({ persistentvolumeclaims: '1' }),
      claim('c', 'gold'),
      get(q),
    ],
  },
]

const deadline = { spec: { activeDeadlineSeconds: 3600 } }

const changes: readonly Case[] = [
  {
    name: 'pods that are given a deadline',
    steps: [
      scoped({ pods: '1', 'count/pods': '9' }, { scopes: ['Terminating'] }, 'ending'),
      counted({ pods: '0' }, `${quotas}/ending`),
      ...scopedInForce({ pods: '3', 'count/pods': '9' }, { scopes: ['NotTerminating'] }),
      pod('a'),
      pod('b'),
      pod('c'),
      mergePatch(`${core}/pods/a`, deadline),
      counted({ pods: '2', 'count/pods': '2' }),
      get(`${quotas}/ending`),
      mergePatch(`${core}/pods/b`, deadline),
      mergePatch(`${core}/pods/a`, { spec: { activeDeadlineSeconds: 60 } }),
      mergePatch(`${core}/pods/a`, { spec: { activeDeadlineSeconds: null } }),
      remove(`${core}/pods/c`),
      counted({ pods: '1', 'count/pods': '1' }),
      pod('d', ending),
      until(201, pod('e')),
      remove(`${core}/pods/a`),
      counted({ pods: '0', 'count/pods': '0' }, `${quotas}/ending`),
      until(200, mergePatch(`${core}/pods/b`, deadline)),
      counted({ pods: '1', 'count/pods': '1' }),
      get(q),
      get(`${quotas}/ending`),
    ],
  },
  {
    name: 'pods that end',
    steps: [
      ...scopedInForce({ pods: '2', 'count/pods': '4' }, { scopes: ['NotTerminating'] }),
      pod('a'),
      pod('b'),
      pod('c'),
      mergePatch(`${core}/pods/a/status`, { status: { phase: 'Succeeded' } }),
      counted({ pods: '1', 'count/pods': '2' }),
      until(201, pod('c')),
      pod('d'),
      get(q),
    ],
  },
  {
    name: 'a quota with and one without scopes',
    steps: [
      scoped({ pods: '1' }, { scopes: ['BestEffort'] }),
      counted({ pods: '0' }),
      ...inForce({ pods: '3' }, 'all'),
      pod('a', asking),
      pod('b'),
      pod('c'),
      get(q),
      get(`${quotas}/all`),
    ],
  },
  {
    name: 'pods that were there before',
    steps: [
      pod('a'),
      pod('b', ending),
      pod('c', { ...ending, ...asking }),
      scoped({ pods: '2', 'count/pods': '10' }, { scopes: ['Terminating'] }),
      counted({ pods: '2', 'count/pods': '2' }),
      scoped({ pods: '2' }, selecting('PriorityClass', 'DoesNotExist'), 'r'),
      counted({ pods: '3' }, `${quotas}/r`),
    ],
  },
  {
    name: 'other names beside a scope',
    steps: [
      scoped(
        { pods: '5', 'count/configmaps': '1', 'count/deployments.apps': '1' },
        {
          scopes: ['NotTerminating'],
        },
      ),
      counted({ pods: '0', 'count/configmaps': '0', 'count/deployments.apps': '0' }),
      ...inForce({}, 'probe'),
      post(`${core}/configmaps`, { metadata: { name: 'a' } }),
      post(`${core}/configmaps`, { metadata: { name: 'b' } }),
      get(q),
    ],
  },
  {
    name: 'a selector that changes',
    steps: [
      pod('a'),
      pod('b', critical),
      scoped({ pods: '5' }, selecting('PriorityClass', 'Exists')),
      counted({ pods: '1' }),
      mergePatch(q, { spec: selecting('PriorityClass', 'DoesNotExist') }),
      mergePatch(q, { spec: { scopes: ['BestEffort'] } }),
      put(q, { metadata: { name: 'q' }, spec: { hard: { pods: '5' } } }),
    ],
  },
  {
    name: 'scopes that are wrong',
    steps: [
      scoped({ pods: '1' }, selecting('PriorityClass', 'In'), 'a'),
      scoped({ pods: '1' }, selecting('PriorityClass', 'Exists', 'x'), 'b'),
      scoped({ pods: '1' }, selecting('PriorityClass', 'Is', 'x'), 'c'),
      scoped({ pods: '1' }, selecting('Terminating', 'DoesNotExist'), 'd'),
      scoped({ pods: '1' }, selecting('BestEffort', 'In', 'x'), 'e'),
      scoped({ pods: '1' }, selecting('CrossNamespacePodAffinity', 'NotIn', 'x'), 'f'),
      scoped({ pods: '1' }, selecting('Nowhere', 'Exists'), 'g'),
      scoped({ pods: '1' }, { scopes: ['Terminating', 'NotTerminating'] }, 'h'),
      scoped({ pods: '1' }, { scopes: ['VolumeAttributesClass'] }, 'i'),
      scoped({ persistentvolumeclaims: '1' }, { scopes: ['Terminating'] }, 'j'),
      scoped({ secrets: '1' }, { scopes: ['PriorityClass'] }, 'k'),
      scoped({ cpu: '1' }, { scopes: ['BestEffort'] }, 'l'),
      scoped({ cpu: '1', secrets: '1' }, selecting('BestEffort', 'Exists'), 'm'),
      scoped({ pods: '1' }, selecting('VolumeAttributesClass', 'In', 'a'), 'o'),
      scoped({ pods: '1' }, selecting('Terminating', 'Is'), 'p'),
      scoped({ pods: '1' }, selecting('Terminating', 'In'), 'r'),
      scoped({ pods: '1' }, { scopes: ['Terminating', 'Terminating'] }, 's'),
      scoped(
        { pods: '1' },
        {
          scopeSelector: {
            matchExpressions: [
              { scopeName: 'BestEffort', operator: 'Exists' },
              { scopeName: 'NotBestEffort', operator: 'Exists' },
            ],
          },
        },
        't',
      ),
      scoped({ pods: '1' }, selecting('PriorityClass', 'In', 'not/a/label'), 'u'),
      scoped({ pods: '1' }, { scopeSelector: { matchExpressions: [] }, scopes: [] }, 'n'),
    ],
  },
]

/** ResourceQuotas with scopes. */
export const scopeCases: readonly Case[] = [...podCases, ...claimCases, ...changes]
