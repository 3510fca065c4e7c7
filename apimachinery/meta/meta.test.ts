import { describe, expect, test } from 'vitest'
import { type Condition, findCondition, isConditionTrue, setCondition } from './conditions.ts'
import { deepFreeze } from './deep-freeze.ts'
import { hasFinalizer, withFinalizer, withoutFinalizer } from './finalizers.ts'
import {
  generateName,
  validateLabel,
  validateLabel1035,
  validateLabelKey,
  validateLabelValue,
  validatePathSegment,
  validateSubdomain,
} from './names.ts'
import type { ApiObject } from './object-meta.ts'
import { controllerOf, controllerReference, isOwnedBy, refersTo } from './owner-references.ts'
import { humanDuration, translateTimestampSince } from './time.ts'

const object = (metadata: object = {}): ApiObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a', ...metadata },
})

describe('names', () => {
  const long = 'x'.repeat(64)
  test.each([
    [
      'validateSubdomain',
      validateSubdomain,
      ['a', 'a.b-c.1', 'x'.repeat(253)],
      ['', 'A', 'a..b', '-a', 'a_b', 'x'.repeat(254)],
    ],
    ['validateLabel', validateLabel, ['a', '1-a', 'x'.repeat(63)], ['a.b', 'a-', long]],
    ['validateLabel1035', validateLabel1035, ['a', 'a-1'], ['1a', 'A', long]],
    ['validatePathSegment', validatePathSegment, ['system:a.B', 'ä'], ['.', '..', 'a/b', 'a%b']],
    [
      'validateLabelKey',
      validateLabelKey,
      ['a', 'A_b.c', 'x.test/A'],
      ['', '/a', 'a/', 'a/b/c', 'X.test/a', long],
    ],
    ['validateLabelValue', validateLabelValue, ['', 'a', 'A_b.c'], ['-', 'a b', 'a/b', long]],
  ])('%s', (_, validate, good, bad) => {
    expect(good.filter((name) => validate(name).length > 0)).toEqual([])
    expect(bad.filter((name) => validate(name).length === 0)).toEqual([])
  })

  // Observed on kube-apiserver 1.36.
  test('in the words of Kubernetes', () => {
    expect(validateSubdomain('Bad_Name')).toEqual([
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ])
    expect(validateLabel('a.b')).toEqual(['must not contain dots'])
    expect(validateLabel(long)).toEqual(['must be no more than 63 characters'])
    expect(validatePathSegment('a/b%')).toEqual(["may not contain '/'", "may not contain '%'"])
  })

  test('generateName keeps the base, cuts a long one, and gives valid and different names', () => {
    const names = new Set(Array.from({ length: 500 }, () => generateName('web-')))
    expect(names.size).toBeGreaterThan(495)
    for (const name of names) expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(generateName(long)).toHaveLength(63)
  })
})

describe('conditions', () => {
  const ready: Condition = { type: 'Ready', status: 'True', reason: 'Ok' }
  const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']

  test('the time moves with the status alone', () => {
    const first = setCondition(undefined, ready, early)
    expect(first).toEqual([{ ...ready, lastTransitionTime: early }])
    expect(setCondition(first, ready, late)).toBe(first)
    const other = setCondition(first, { ...ready, reason: 'Fine' }, late)
    expect(other).toEqual([{ ...ready, reason: 'Fine', lastTransitionTime: early }])
    const down = setCondition(other, { type: 'Ready', status: 'False', reason: 'Gone' }, late)
    expect(down).toEqual([
      { type: 'Ready', status: 'False', reason: 'Gone', lastTransitionTime: late },
    ])
    expect(setCondition(down, { type: 'Offline', status: 'True' }, late)).toHaveLength(2)
  })

  test('are found by type', () => {
    expect(isConditionTrue([ready], 'Ready')).toBe(true)
    expect(isConditionTrue(null, 'Ready')).toBe(false)
    expect(findCondition([ready], 'Offline')).toBeUndefined()
  })
})

describe('finalizers', () => {
  test('come and go without changing the object', () => {
    const before = deepFreeze(object())
    const after = withFinalizer(before, 'x.test/a')
    expect(hasFinalizer(after, 'x.test/a')).toBe(true)
    expect(withFinalizer(after, 'x.test/a')).toBe(after)
    expect(withoutFinalizer(before, 'x.test/a')).toBe(before)
    expect(withoutFinalizer(deepFreeze(after), 'x.test/a')).toEqual(before)
  })
})

describe('owner references', () => {
  test('name the managing owner', () => {
    const owner = object({ uid: 'u1' })
    const reference = controllerReference(owner)
    const owned = object({
      ownerReferences: [{ ...reference, controller: false, uid: 'u0' }, reference],
    })
    expect(controllerOf(owned)?.uid).toBe('u1')
    expect(controllerOf(owner)).toBeUndefined()
    expect([isOwnedBy(owned, 'u0'), isOwnedBy(owned, 'u2')]).toEqual([true, false])
    expect(refersTo(reference, { group: 'apps', kind: 'Deployment' })).toBe(true)
    expect(refersTo(reference, { group: '', kind: 'Deployment' })).toBe(false)
    expect(() => controllerReference(object())).toThrow('Deployment a has no uid yet')
  })
})

describe('ages', () => {
  const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000]
  test.each([
    [-5 * second, '<invalid>'],
    [-second, '0s'],
    [0, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [2 * minute + 5 * second, '2m5s'],
    [10 * minute + 5 * second, '10m'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [3 * hour + 5 * minute, '3h5m'],
    [8 * hour + 5 * minute, '8h'],
    [47 * hour, '47h'],
    [2 * day + hour, '2d1h'],
    [8 * day + hour, '8d'],
    [729 * day, '729d'],
    [730 * day, '2y'],
    [731 * day, '2y1d'],
    [8 * 365 * day + 100 * day, '8y'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(humanDuration(milliseconds)).toBe(text)
  })

  test('of no timestamp', () => {
    expect(translateTimestampSince(undefined)).toBe('<unknown>')
    expect(translateTimestampSince(new Date(Date.now() - 5 * hour).toISOString())).toBe('5h')
  })
})
