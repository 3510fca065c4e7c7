import type { Area, Case, Request, Step } from '../area.ts'
import { gatedPodCases } from './gated-pods.ts'
import { jobCases } from './jobs.ts'
import { allTargets, changed, ownSelector, type Target } from './targets.ts'

const patchTypes = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const

const patch = (path: string, type: keyof typeof patchTypes, body: unknown): Request => ({
  method: 'PATCH',
  path,
  headers: { 'content-type': patchTypes[type] },
  body,
})

const addAnnotation = [{ op: 'add', path: '/metadata/annotations', value: { patched: 'json' } }]

function main(target: Target): Step[] {
  const { collection, sample, object, pathOf } = target
  const path = pathOf('a')
  return [
    { method: 'POST', path: collection, body: object('a') },
    { method: 'POST', path: collection, body: object('a') },
    { path },
    { path: collection, query: { labelSelector: ownSelector } },
    (earlier) => ({ method: 'PUT', path, body: changed(earlier[2], sample.change) }),
    { path },
    (earlier) => ({ method: 'PUT', path, body: changed(earlier[5], {}) }),
    (earlier) => ({
      method: 'PUT',
      path,
      body: changed(earlier[2], { metadata: { labels: { late: 'yes' } } }),
    }),
    patch(path, 'merge', { metadata: { labels: { patched: 'merge' } } }),
    patch(path, 'strategic', { metadata: { labels: { patched: 'strategic' } } }),
    patch(path, 'strategic', { metadata: { labels: { patched: 'strategic' } } }),
    patch(path, 'json', addAnnotation),
    patch(path, 'json', [{ op: 'test', path: '/metadata/name', value: 'nobody' }]),
  ]
}

function status({ info, sample, pathOf }: Target): Step[] {
  if (!info.subresources.has('status')) return []
  const path = pathOf('a')
  const at = `${path}/status`
  const change = { metadata: { labels: { status: 'x' } }, ...sample.status }
  return [
    { path: at },
    patch(at, 'merge', change),
    { path },
    (earlier) => ({ method: 'PUT', path: at, body: changed(earlier.at(-1), sample.status) }),
    (earlier) => ({ method: 'PUT', path, body: changed(earlier.at(-1), { status: null }) }),
    { path: at },
  ]
}

function scale({ info, pathOf }: Target): Step[] {
  if (!info.subresources.has('scale')) return []
  const at = `${pathOf('a')}/scale`
  return [
    { path: at },
    (earlier) => ({
      method: 'PUT',
      path: at,
      body: changed(earlier.at(-1), { spec: { replicas: 5 } }),
    }),
    patch(at, 'merge', { spec: { replicas: 6 } }),
    patch(at, 'merge', { spec: { replicas: -1 } }),
    patch(at, 'merge', { metadata: { labels: { no: 'change' } } }),
    { path: pathOf('a') },
  ]
}

const dryRun = { dryRun: 'All' }

function end({ collection, object, pathOf, info }: Target): Step[] {
  const path = pathOf('a')
  const collectionSteps: Step[] = info.verbs.includes('deletecollection')
    ? [
        { method: 'POST', path: collection, body: object('b') },
        { method: 'DELETE', path: collection, query: { labelSelector: ownSelector } },
        { path: collection, query: { labelSelector: ownSelector } },
      ]
    : []
  return [
    { method: 'DELETE', path, query: dryRun },
    { path },
    { method: 'DELETE', path },
    { path },
    { method: 'DELETE', path },
    patch(path, 'merge', {}),
    ...collectionSteps,
  ]
}

/** Of objects that others write to. */
const unsettled = ({ collection, object, pathOf }: Target): Step[] => [
  { method: 'POST', path: collection, query: dryRun, body: object('a') },
  { path: pathOf('a') },
  { method: 'POST', path: collection, body: object('a') },
  { method: 'POST', path: collection, body: object('a') },
]

const caseOf = (target: Target): Case => ({
  name: target.key,
  steps:
    target.sample.unsettled === true
      ? unsettled(target)
      : [...main(target), ...status(target), ...scale(target), ...end(target)],
})

/** The life of one object of every resource. */
export const verbs: Area = {
  name: 'verbs',
  cases: () => [...allTargets().map(caseOf), ...jobCases, ...gatedPodCases],
}
