import { describe, expect, test } from 'vitest'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import { parseListQuery, parseWatchQuery } from './list-options.ts'

const query = (text: string): URLSearchParams => new URLSearchParams(text)
const token = encodeContinue({ revision: 42, after: 'default/a' })

describe('parseListQuery', () => {
  test.each([
    ['', { freshness: 'latest' }],
    ['limit=500', { freshness: 'latest', limit: 500 }],
    ['limit=-1', { freshness: 'latest' }],
    ['resourceVersion=0', { freshness: 'any' }],
    ['resourceVersion=0&limit=500', { freshness: 'any' }],
    ['resourceVersion=7', { freshness: 7 }],
    ['resourceVersion=7&limit=500', { freshness: 7, exactRevision: 7, limit: 500 }],
    ['resourceVersion=7&resourceVersionMatch=NotOlderThan&limit=5', { freshness: 7, limit: 5 }],
    ['resourceVersion=7&resourceVersionMatch=Exact', { freshness: 7, exactRevision: 7 }],
    [
      `limit=5&continue=${token}`,
      { freshness: 'latest', limit: 5, exactRevision: 42, after: 'default/a' },
    ],
  ])('%s', (text, wanted) => {
    expect(parseListQuery(query(text))).toEqual(wanted)
  })
})

describe('parseWatchQuery', () => {
  test.each([
    ['', { state: 'latest', bookmark: false }],
    ['resourceVersion=0', { state: 'any', bookmark: false }],
    ['resourceVersion=7', { after: 7 }],
    ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=7', { after: 7 }],
    [
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
      { state: 'latest', bookmark: false },
    ],
    [
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=7&allowWatchBookmarks=true',
      { state: 7, bookmark: true },
    ],
  ])('%s', (text, start) => {
    expect(parseWatchQuery(query(text)).start).toEqual(start)
  })

  test('a watch without a wish lasts 30 to 60 minutes', () => {
    const { timeoutMs } = parseWatchQuery(query(''))
    expect(timeoutMs).toBeGreaterThanOrEqual(30 * 60_000)
    expect(timeoutMs).toBeLessThanOrEqual(60 * 60_000)
    expect(parseWatchQuery(query('timeoutSeconds=5')).timeoutMs).toBe(5000)
  })
})

describe('continue tokens', () => {
  test('are the original form, and come back as they were', () => {
    expect(JSON.parse(Buffer.from(token, 'base64url').toString())).toEqual({
      v: 'meta.k8s.io/v1',
      rv: 42,
      start: 'default/a\u0000',
    })
    expect(decodeContinue(token)).toEqual({ revision: 42, after: 'default/a' })
  })

  test.each([
    ['rubbish', 'xx'],
    ['another version', Buffer.from('{"v":"v9","rv":1,"start":"a"}').toString('base64url')],
    ['no revision', Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString('base64url')],
    [
      'a way out',
      Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"../a"}').toString('base64url'),
    ],
    ['null', Buffer.from('null').toString('base64url')],
  ])('%s is refused', (_, text) => {
    expect(() => decodeContinue(text)).toThrow('continue key is not valid')
  })
})
