import { describe, expect, test } from 'vitest'
import { canChange, countsAs, hasScopes, isInScope, type QuotaScope } from './scopes.ts'

const pods = { group: '', resource: 'pods' }
const claims = { group: '', resource: 'persistentvolumeclaims' }

const selecting = (scopeName: string, operator: string, ...values: string[]): QuotaScope => ({
  scopeSelector: { matchExpressions: [{ scopeName, operator, values }] },
})

const bestEffort = { spec: {}, status: { qosClass: 'BestEffort' } }
const burstable = { spec: {}, status: { qosClass: 'Burstable' } }
const ending = { ...burstable, spec: { activeDeadlineSeconds: 60 } }
const urgent = { ...burstable, spec: { priorityClassName: 'urgent' } }

const near = (kind: string, when: string, term: object) => ({
  spec: { affinity: { [kind]: { [when]: [term] } } },
})
const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'

describe('Pods', () => {
  test.each<[QuotaScope, object, boolean]>([
    [{}, ending, true],
    [{ scopes: [] }, ending, true],
    [{ scopes: ['Terminating'] }, ending, true],
    [{ scopes: ['Terminating'] }, burstable, false],
    [{ scopes: ['Terminating'] }, { spec: { activeDeadlineSeconds: 0 } }, true],
    [{ scopes: ['NotTerminating'] }, ending, false],
    [{ scopes: ['NotTerminating'] }, burstable, true],
    [{ scopes: ['BestEffort'] }, bestEffort, true],
    [{ scopes: ['BestEffort'] }, burstable, false],
    [{ scopes: ['NotBestEffort'] }, bestEffort, false],
    [{ scopes: ['NotBestEffort'] }, burstable, true],
    [{ scopes: ['NotBestEffort', 'Terminating'] }, burstable, false],
    [{ scopes: ['NotBestEffort', 'Terminating'] }, ending, true],
    [{ scopes: ['PriorityClass'] }, urgent, true],
    [{ scopes: ['PriorityClass'] }, burstable, false],
    [selecting('PriorityClass', 'Exists'), urgent, true],
    [selecting('PriorityClass', 'Exists'), burstable, false],
    [selecting('PriorityClass', 'DoesNotExist'), urgent, false],
    [selecting('PriorityClass', 'DoesNotExist'), burstable, true],
    [selecting('PriorityClass', 'In', 'a', 'urgent'), urgent, true],
    [selecting('PriorityClass', 'In', 'a'), urgent, false],
    [selecting('PriorityClass', 'In', 'a'), burstable, false],
    [selecting('PriorityClass', 'NotIn', 'a'), urgent, true],
    [selecting('PriorityClass', 'NotIn', 'a'), burstable, true],
    [selecting('PriorityClass', 'NotIn', 'urgent'), urgent, false],
    [{ ...selecting('PriorityClass', 'Exists'), scopes: ['Terminating'] }, urgent, false],
    [{ scopes: ['VolumeAttributesClass'] }, burstable, false],
    [{ scopes: ['Nowhere'] }, burstable, false],
  ])('%j has %j: %j', (scope, pod, expected) => {
    expect(isInScope(scope, pods, pod)).toBe(expected)
  })

  test.each<[object, boolean]>([
    [burstable, false],
    [near('podAffinity', required, {}), false],
    [near('podAffinity', required, { namespaces: [] }), false],
    [near('podAffinity', required, { namespaces: ['a'] }), true],
    [near('podAntiAffinity', required, { namespaceSelector: {} }), true],
    [near('podAffinity', preferred, { podAffinityTerm: {} }), false],
    [near('podAntiAffinity', preferred, { podAffinityTerm: { namespaces: ['a'] } }), true],
    [near('podAffinity', preferred, { podAffinityTerm: { namespaceSelector: {} } }), true],
    [near('nodeAffinity', required, { namespaces: ['a'] }), false],
  ])('%j reaches other namespaces: %j', (pod, expected) => {
    expect(isInScope({ scopes: ['CrossNamespacePodAffinity'] }, pods, pod)).toBe(expected)
  })
})

describe('claims', () => {
  const none = { spec: {} }
  const gold = { spec: { volumeAttributesClassName: 'gold' } }
  const changing = { ...gold, status: { currentVolumeAttributesClassName: 'silver' } }

  test.each<[QuotaScope, object, boolean]>([
    [{ scopes: ['VolumeAttributesClass'] }, gold, true],
    [{ scopes: ['VolumeAttributesClass'] }, none, false],
    [{ scopes: ['VolumeAttributesClass'] }, { spec: { volumeAttributesClassName: '' } }, false],
    [selecting('VolumeAttributesClass', 'In', 'silver'), gold, false],
    [selecting('VolumeAttributesClass', 'In', 'silver'), changing, true],
    [selecting('VolumeAttributesClass', 'NotIn', 'silver'), changing, true],
    [selecting('VolumeAttributesClass', 'NotIn', 'gold'), gold, false],
    [selecting('VolumeAttributesClass', 'NotIn', 'gold'), none, true],
    [selecting('VolumeAttributesClass', 'DoesNotExist'), none, true],
    [
      selecting('VolumeAttributesClass', 'In', 'bronze'),
      { status: { modifyVolumeStatus: { targetVolumeAttributesClassName: 'bronze' } } },
      true,
    ],
    [{ scopes: ['NotTerminating'] }, gold, false],
  ])('%j has %j: %j', (scope, claim, expected) => {
    expect(isInScope(scope, claims, claim)).toBe(expected)
  })
})

test('other resources are in no scope, and in every quota without scopes', () => {
  const secrets = { group: '', resource: 'secrets' }
  expect(isInScope({ scopes: ['NotTerminating'] }, secrets, {})).toBe(false)
  expect(isInScope({}, secrets, {})).toBe(true)
  expect(
    isInScope({ scopes: ['NotTerminating'] }, { group: 'example.com', resource: 'pods' }, {}),
  ).toBe(false)
})

test.each<[QuotaScope, boolean]>([
  [{}, false],
  [{ scopes: [] }, false],
  [{ scopeSelector: { matchExpressions: [] } }, false],
  [{ scopes: ['BestEffort'] }, true],
  [selecting('PriorityClass', 'Exists'), true],
])('%j has scopes: %j', (scope, expected) => {
  expect(hasScopes(scope)).toBe(expected)
})

test('what makes an object count otherwise', () => {
  const told = (resource: typeof pods, object: object): string => countsAs(resource, object)
  expect(told(pods, burstable)).toBe(told(pods, urgent))
  expect(told(pods, burstable)).not.toBe(told(pods, ending))
  expect(told(pods, burstable)).not.toBe(told(pods, { status: { phase: 'Failed' } }))
  expect(told(claims, { spec: {} })).not.toBe(
    told(claims, { spec: { volumeAttributesClassName: 'gold' } }),
  )
  expect(canChange(claims)).toBe(true)
  expect(canChange({ group: '', resource: 'secrets' })).toBe(false)
})
