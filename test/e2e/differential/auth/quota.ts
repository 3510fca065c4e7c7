import type { Area, Case, Request } from '../area.ts'
import {
  core,
  counted,
  dry,
  inForce,
  q,
  quota,
  quotas,
  rootCertificateIsThere,
  statusOf,
  until,
} from './quota-requests.ts'
import { limitRangeCases } from './limit-ranges.ts'
import { scopeCases } from './quota-scopes.ts'
import { get, mergePatch, post, put, remove } from './requests.ts'

const map = (name: string): Request => post(`${core}/configmaps`, { metadata: { name } })
const secret = (name: string): Request => post(`${core}/secrets`, { metadata: { name } })

/** Objects of each kind that has a name of its own among the limits. */
const kinds: Readonly<Record<string, readonly [path: string, body: (name: string) => object]>> = {
  secrets: [`${core}/secrets`, (name) => ({ metadata: { name } })],
  'count/secrets': [`${core}/secrets`, (name) => ({ metadata: { name } })],
  services: [
    `${core}/services`,
    (name) => ({ metadata: { name }, spec: { ports: [{ port: 80 }] } }),
  ],
  'services.loadbalancers': [
    `${core}/services`,
    (name) => ({ metadata: { name }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }),
  ],
  'services.nodeports': [
    `${core}/services`,
    (name) => ({ metadata: { name }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }),
  ],
  replicationcontrollers: [
    `${core}/replicationcontrollers`,
    (name) => ({
      metadata: { name },
      spec: {
        replicas: 0,
        selector: { a: 'b' },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'c', image: 'i' }] },
        },
      },
    }),
  ],
  resourcequotas: [quotas, (name) => ({ metadata: { name: `more-${name}` }, spec: {} })],
  'count/deployments.apps': [
    '/apis/apps/v1/namespaces/{ns}/deployments',
    (name) => ({
      metadata: { name },
      spec: {
        replicas: 0,
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'c', image: 'i' }] },
        },
      },
    }),
  ],
  'count/leases.coordination.k8s.io': [
    '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases',
    (name) => ({ metadata: { name } }),
  ],
  'count/roles.rbac.authorization.k8s.io': [
    '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles',
    (name) => ({ metadata: { name }, rules: [] }),
  ],
}

const kindCases = Object.entries(kinds).map(([limit, [path, body]]): Case => {
  // A quota on quotas counts itself.
  const before = limit === 'resourcequotas' ? 1 : 0
  const room = String(before + 2)
  return {
    name: `room for two: ${limit}`,
    steps: [
      ...inForce({ [limit]: room }, 'q', { [limit]: String(before) }),
      post(path, body('a')),
      post(path, body('b')),
      get(q),
      post(path, body('c')),
      dry(post(path, body('c'))),
      get(q),
      remove(`${path}/${limit === 'resourcequotas' ? 'more-a' : 'a'}`),
      counted({ [limit]: String(before + 1) }),
      // Admission hears of what was freed a moment later.
      until(201, post(path, body('c'))),
      post(path, body('d')),
      get(q),
    ],
  }
})

const cases: readonly Case[] = [
  ...kindCases,
  {
    name: 'config maps, with those that are there',
    steps: [
      rootCertificateIsThere,
      map('a'),
      ...inForce({ configmaps: '3' }, 'q', { configmaps: '2' }),
      map('b'),
      map('c'),
      mergePatch(`${core}/configmaps/b`, { data: { a: 'b' } }),
      get(q),
    ],
  },
  {
    name: 'several limits',
    steps: [
      rootCertificateIsThere,
      ...inForce({ configmaps: '10', 'count/configmaps': '3', secrets: '1' }, 'q', {
        configmaps: '1',
      }),
      map('a'),
      map('b'),
      map('c'),
      secret('a'),
      secret('b'),
      get(q),
    ],
  },
  {
    name: 'several quotas',
    steps: [
      quota({ secrets: '3' }),
      counted({ secrets: '0' }),
      ...inForce({ secrets: '1' }, 'r'),
      secret('a'),
      secret('b'),
      get(q),
      get(`${quotas}/r`),
      remove(`${quotas}/r`),
    ],
  },
  {
    name: 'a limit that changes',
    steps: [
      ...inForce({ secrets: '0' }),
      secret('a'),
      mergePatch(q, { spec: { hard: { secrets: '1' } } }),
      { path: q, until: (answer) => statusOf(answer).hard?.['secrets'] === '1' },
      until(201, secret('a')),
      mergePatch(q, { spec: { hard: { secrets: null, services: '1' } } }),
      { path: q, until: (answer) => statusOf(answer).used?.['services'] !== undefined },
      until(201, secret('b')),
      get(q),
    ],
  },
  {
    name: 'names that are made up, and objects that are refused',
    steps: [
      ...inForce({ secrets: '2' }),
      post(`${core}/secrets`, { metadata: { generateName: 'g-' } }),
      post(`${core}/secrets`, { metadata: { name: 'Not_A_Name' } }),
      dry(post(`${core}/secrets`, { metadata: { name: 'dry' } })),
      get(q),
      secret('a'),
      secret('b'),
      get(q),
    ],
  },
  {
    name: 'a service that changes its type',
    steps: [
      ...inForce({ services: '5', 'services.loadbalancers': '1', 'services.nodeports': '1' }),
      // Both before the first changes: the count that follows a change knows of what was there before it.
      post(`${core}/services`, { metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } }),
      post(`${core}/services`, { metadata: { name: 'b' }, spec: { ports: [{ port: 80 }] } }),
      mergePatch(`${core}/services/a`, { spec: { type: 'LoadBalancer' } }),
      get(q),
      mergePatch(`${core}/services/b`, { spec: { type: 'LoadBalancer' } }),
      mergePatch(`${core}/services/b`, { spec: { type: 'NodePort' } }),
      mergePatch(`${core}/services/b`, { metadata: { labels: { a: 'b' } } }),
      get(q),
    ],
  },
  {
    name: 'by PUT and by apply',
    steps: [
      ...inForce({ secrets: '0', 'count/leases.coordination.k8s.io': '0' }),
      put('/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/a', { metadata: { name: 'a' } }),
      {
        method: 'PATCH',
        path: `${core}/secrets/a`,
        query: { fieldManager: 'm' },
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
      },
      get(q),
    ],
  },
  {
    name: 'quotas that are wrong',
    steps: [
      quota({ secrets: '-1' }),
      quota({ secrets: 'many' }),
      quota({ secrets: '1.5' }),
      quota({ 'a b': '1' }),
      quota({ nothing: '1' }),
      quota({ 'count/things.example.test': '1' }),
      post(quotas, {
        metadata: { name: 'scoped' },
        spec: { hard: { secrets: '1' }, scopes: ['BestEffort'] },
      }),
      post(quotas, {
        metadata: { name: 'other' },
        spec: { hard: { pods: '1' }, scopes: ['Nowhere'] },
      }),
    ],
  },
]

/** ResourceQuotas that count objects, and LimitRanges. */
export const quotaArea: Area = {
  name: 'quota',
  controllers: true,
  cases: () => [...cases, ...scopeCases, ...limitRangeCases],
}
