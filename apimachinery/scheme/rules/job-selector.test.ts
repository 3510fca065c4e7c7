import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../meta/object-meta.ts'
import { applyDefaults, validateFields } from '../fields.ts'
import { Scheme } from '../scheme.ts'
import { jobLabels, jobUidLabel } from './job-selector.ts'

const scheme = new Scheme()
const gvk = { group: 'batch', version: 'v1', kind: 'Job' }
const own = jobLabels('a', 'uid-1')
const byUid = { matchLabels: { [jobUidLabel]: 'uid-1' } }

const job = (labels: JsonObject, spec: JsonObject): JsonObject => ({
  metadata: { name: 'a', namespace: 'default', uid: 'uid-1' },
  spec: {
    ...spec,
    template: {
      metadata: { labels },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'a' }] },
    },
  },
})

function problems(body: JsonObject, old?: JsonObject): string[] {
  const object = structuredClone(body)
  applyDefaults(scheme, gvk, object)
  return validateFields(scheme, gvk, object, old).map((e) => `${e.field}: ${e.message}`)
}

const at = (key: string): string => `spec.template.metadata.labels[${key}]`
const noMatch =
  'spec.template.metadata.labels: Invalid value: {"app":"x"}: `selector` does not match template `labels`'

describe('labels and selector of a Job', () => {
  test('are those of its own name and uid, and others besides', () => {
    expect(problems(job({ ...own, app: 'x' }, { selector: byUid }))).toEqual([])
  })

  test('are asked for', () => {
    expect(problems(job({ app: 'x' }, { selector: byUid }))).toEqual([
      ...['controller-uid', 'job-name', jobUidLabel, 'batch.kubernetes.io/job-name'].map(
        (key) => `${at(key)}: Required value: must be '${own[key]}'`,
      ),
      noMatch,
    ])
  })

  test("are not another Job's", () => {
    const given = { ...own, 'controller-uid': 'uid-2' }
    expect(problems(job(given, { selector: byUid }))).toEqual([
      `${at('controller-uid')}: Invalid value: {"${jobUidLabel}":"uid-1","batch.kubernetes.io/job-name":"a","controller-uid":"uid-2","job-name":"a"}: must be 'uid-1'`,
    ])
  })

  test('are the user’s with manualSelector', () => {
    const selector = { matchLabels: { app: 'x' } }
    expect(problems(job({ app: 'x' }, { selector, manualSelector: true }))).toEqual([])
    expect(problems(job({ app: 'x' }, { manualSelector: true }))).toEqual([
      'spec.selector: Required value',
      noMatch,
    ])
  })

  test('a Job that had labels without a prefix only needs no others', () => {
    const { 'controller-uid': uid = '', 'job-name': name = '' } = own
    const old = { 'controller-uid': uid, 'job-name': name }
    const before = job(old, { selector: { matchLabels: { 'controller-uid': uid } } })
    expect(problems(before, before)).toEqual([])
    expect(problems(before)).toHaveLength(2)
  })

  test('a Job that was stored without any can be updated', () => {
    const before = job({ app: 'x' }, {})
    expect(problems(before, before)).toEqual([])
    expect(problems(before)).toEqual(['spec.selector: Required value', noMatch])
  })
})
