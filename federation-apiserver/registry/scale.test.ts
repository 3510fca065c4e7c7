import { describe, expect, test } from 'vitest'
import { scaleOf, selectorText, withScale } from './scale.ts'

describe('selectorText', () => {
  test.each([
    [{ matchLabels: { b: '2', a: '1' } }, 'a=1,b=2'],
    [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['y', 'x'] }] }, 'a in (x,y)'],
    [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['x'] }] }, 'a notin (x)'],
    [
      {
        matchExpressions: [
          { key: 'b', operator: 'Exists' },
          { key: 'a', operator: 'DoesNotExist' },
        ],
      },
      '!a,b',
    ],
    [{}, ''],
  ])('%j is %s', (selector, text) => {
    expect(selectorText(selector)).toBe(text)
  })
})

const meta = { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '7' }

describe('scaleOf', () => {
  test('a Deployment selects by a LabelSelector, a ReplicationController by a map', () => {
    const deployment = {
      metadata: meta,
      spec: { replicas: 2, selector: { matchLabels: { a: 'b' } } },
    }
    expect(scaleOf(deployment)).toMatchObject({
      metadata: meta,
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'a=b' },
    })
    const controller = { metadata: meta, spec: { selector: { a: 'b' } }, status: { replicas: 3 } }
    expect(scaleOf(controller)).toMatchObject({
      spec: {},
      status: { replicas: 3, selector: 'a=b' },
    })
  })
})

describe('withScale', () => {
  const object = () => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...meta },
    spec: { replicas: 2 },
  })
  const scale = (replicas: number, resourceVersion = '') => ({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'web', resourceVersion },
    spec: { replicas },
  })

  test.each([0, 5])('%i replicas', (replicas) => {
    expect(withScale(object(), scale(replicas)).spec).toEqual({ replicas })
  })

  test('refuses negative replicas and another revision', () => {
    expect(() => withScale(object(), scale(-1))).toThrow('must be greater than or equal to 0')
    expect(() => withScale(object(), scale(1, '6'))).toThrow('the object has been modified')
    expect(withScale(object(), scale(1, '7')).spec).toEqual({ replicas: 1 })
  })
})
