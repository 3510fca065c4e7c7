import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Case, Request } from '../area.ts'
import { applyRequest } from '../apply/requests.ts'
import { changed } from './targets.ts'

const jobs = '/apis/batch/v1/namespaces/{ns}/jobs'
const uid = 'batch.kubernetes.io/controller-uid'

const job = (name: string, spec: JsonObject = {}, labels?: JsonObject): JsonObject => ({
  metadata: { name },
  spec: {
    suspend: true,
    ...spec,
    template: {
      ...(labels === undefined ? {} : { metadata: { labels } }),
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.test/main' }] },
    },
  },
})

const post = (body: JsonObject, query: Request['query'] = {}): Request => ({
  method: 'POST',
  path: jobs,
  query,
  body,
})

const merge = (path: string, body: JsonObject): Request => ({
  method: 'PATCH',
  path,
  headers: { 'content-type': 'application/merge-patch+json' },
  body,
})

const apply = (body: JsonObject, query: Request['query'] = {}): Request =>
  applyRequest(
    `${jobs}/a`,
    { fieldManager: 'one', ...query },
    { apiVersion: 'batch/v1', kind: 'Job', ...body },
  )

const given = { selector: { matchLabels: { app: 'x' } } }

/** Labels and selectors of Jobs, which the server gives them, and what users may say of them. */
export const jobCases: readonly Case[] = [
  {
    name: 'Jobs without labels',
    steps: [
      post(job('a'), { dryRun: 'All' }),
      post(job('a')),
      { path: `${jobs}/a` },
      merge(`${jobs}/a`, { spec: { template: { metadata: { labels: null } } } }),
      merge(`${jobs}/a`, { spec: { template: { metadata: { labels: { [uid]: 'other' } } } } }),
      merge(`${jobs}/a`, { spec: { selector: null } }),
      merge(`${jobs}/a`, { spec: { manualSelector: true } }),
      merge(`${jobs}/a`, { spec: { suspend: false } }),
      (earlier) => ({ method: 'PUT', path: `${jobs}/a`, body: changed(earlier.at(-1), {}) }),
      { method: 'PUT', path: `${jobs}/a`, body: job('a', { suspend: false }) },
      { path: jobs, query: { labelSelector: 'job-name=a' } },
    ],
  },
  {
    name: 'Jobs that are made by an apply',
    steps: [
      apply(job('a'), { dryRun: 'All' }),
      apply(job('a')),
      { path: `${jobs}/a` },
      apply(job('a', { parallelism: 2 })),
      apply(job('a', {}, { app: 'x' })),
    ],
  },
  {
    name: 'Jobs with labels of their pods',
    steps: [
      post(job('a', {}, { app: 'x' })),
      post(job('b', {}, { 'job-name': 'other' })),
      post(job('b', {}, { [uid]: 'other' })),
      post(job('b', given, { app: 'x' })),
      post(job('b', { selector: {} })),
      post(job('b', { selector: { matchLabels: { [uid]: 'other' } } }, { [uid]: 'other' })),
      post(job('b', { selector: { matchExpressions: [{ key: uid, operator: 'Exists' }] } })),
      post(job('b', { selector: { matchLabels: { 'no label': 'x' } } })),
      post(job('b', { ...given, manualSelector: true })),
      post(job('b', { manualSelector: true }, { app: 'x' })),
      post(job('b', { ...given, manualSelector: true }, { app: 'x' })),
      post(job('b'.repeat(64))),
      post({ ...job('c'), metadata: { generateName: 'c-' } }, { dryRun: 'All' }),
    ],
  },
]
