import { describe, expect, test } from 'vitest'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { changedEventErrors, eventErrors, newEventErrors } from './event-rules.ts'

const event = (fields: JsonObject = {}): ApiObject =>
  ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'a', namespace: 'shop' },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'shop' },
    reportingComponent: 'example.test/tester',
    reportingInstance: 'one',
    action: 'Try',
    reason: 'Tried',
    type: 'Normal',
    eventTime: '2026-01-01T00:00:00.000000Z',
    ...fields,
  }) as ApiObject

const fieldsOf = (errors: readonly { field: string }[]): string[] => errors.map((e) => e.field)

describe('of either version', () => {
  test.each([
    ['a whole one', {}, []],
    ['one of the old kind', { eventTime: null, reportingComponent: '' }, []],
    [
      'about something elsewhere',
      { eventTime: null, involvedObject: { namespace: 'other' } },
      ['involvedObject.namespace'],
    ],
    ['without a reporter', { reportingInstance: '', action: '' }, ['reportingInstance', 'action']],
    ['too long', { reason: 'a'.repeat(129), message: 'a'.repeat(1025) }, ['reason', 'message']],
  ])('%s', (_, fields, expected) => {
    expect(fieldsOf(eventErrors(event(fields), ''))).toEqual(expected)
  })
})

describe('clients of events.k8s.io are asked for more', () => {
  const group = 'events.k8s.io'

  test.each([
    ['a whole one', {}, []],
    ['without a time', { eventTime: null }, ['eventTime']],
    ['of no known type', { type: 'Odd' }, ['type']],
    ['with fields of the old kind', { count: 1 }, ['count']],
    ['a series of one', { series: { count: 1 } }, ['series.count', 'series.lastObservedTime']],
  ])('%s', (_, fields, expected) => {
    expect(fieldsOf(newEventErrors(event(fields), group))).toEqual(expected)
    expect(newEventErrors(event(fields), '')).toEqual([])
  })

  test('what happened does not change', () => {
    const after = event({ message: 'more', reason: 'Failed' })
    expect(fieldsOf(changedEventErrors(after, event(), group))).toEqual(['reason', 'message'])
    expect(changedEventErrors(after, event(), '')).toEqual([])
  })

  test('a series goes on', () => {
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' }
    expect(changedEventErrors(event({ series }), event(), group)).toEqual([])
  })
})
