import { describe, expect, it } from 'vitest'
import { findingOf, replicaShares, type SharingCluster } from './replica-shares.ts'

const cluster = (name: string, current?: number, closed?: string): SharingCluster => ({
  name,
  current,
  closed,
})
const sharesOf = (total: number, clusters: SharingCluster[], preferences?: string) => {
  const { shares, notes } = replicaShares({ total, preferences, key: 'shop/web', clusters })
  return { shares: Object.fromEntries(shares), finding: findingOf(notes, 'prefs') }
}
const rebalance = JSON.stringify({ rebalance: true, clusters: { '*': { weight: 1 } } })

describe('replicaShares', () => {
  it('splits evenly, and the next replicas one by one', () => {
    expect(sharesOf(4, [cluster('a'), cluster('b')]).shares).toEqual({ a: 2, b: 2 })
    const seven = sharesOf(7, [cluster('a', 2), cluster('b', 2)]).shares
    expect(new Set(Object.values(seven))).toEqual(new Set([3, 4]))
  })

  it('moves nothing when a cluster joins, until there are more replicas or rebalance is asked for', () => {
    const joined = [cluster('a', 2), cluster('b', 2), cluster('c')]
    expect(sharesOf(4, joined).shares).toEqual({ a: 2, b: 2, c: 0 })
    expect(sharesOf(6, joined).shares).toEqual({ a: 2, b: 2, c: 2 })
    expect(sharesOf(6, [cluster('a', 3), cluster('b', 3), cluster('c')], rebalance).shares).toEqual(
      {
        a: 2,
        b: 2,
        c: 2,
      },
    )
  })

  it('leaves a cluster that is away what it has, and gives it nothing more', () => {
    const away = [cluster('a', 2), cluster('b', 2, 'is Offline')]
    expect(sharesOf(4, away).shares).toEqual({ a: 2, b: 2 })
    expect(sharesOf(9, away).shares).toEqual({ a: 7, b: 2 })
    expect(sharesOf(2, away).shares).toEqual({ a: 1, b: 1 })
    expect(sharesOf(4, [cluster('a'), cluster('b', undefined, 'is Offline')]).shares).toEqual({
      a: 4,
      b: 0,
    })
  })

  it('gives the replicas of a cluster that has left to the others', () => {
    expect(sharesOf(4, [cluster('a', 2)]).shares).toEqual({ a: 4 })
  })

  it('keeps to weights, minimum and maximum', () => {
    const preferences = JSON.stringify({
      clusters: { a: { weight: 3 }, b: { weight: 1, minReplicas: 1 }, c: { maxReplicas: 0 } },
    })
    expect(sharesOf(9, [cluster('a'), cluster('b'), cluster('c')], preferences).shares).toEqual({
      a: 6,
      b: 3,
      c: 0,
    })
  })

  it('says what is wrong with preferences, moves nothing for them, and has placed all', () => {
    const { shares, finding } = sharesOf(5, [cluster('a', 4), cluster('b', 1)], '{"rebalance":1}')
    expect(shares).toEqual({ a: 4, b: 1 })
    expect(finding).toEqual({
      placed: true,
      reason: 'InvalidPreferences',
      message:
        'metadata.annotations[prefs]: rebalance: must be true or false, and is 1; replicas are placed as without this annotation',
    })
  })

  it('says all that is wrong, also which clusters of unusable preferences are not there', () => {
    const clusters = Object.fromEntries('abcdefg'.split('').map((name) => [name, { weight: -1 }]))
    const { finding } = sharesOf(4, [cluster('a'), cluster('b')], JSON.stringify({ clusters }))
    expect(finding).toMatchObject({ placed: true, reason: 'InvalidPreferences' })
    expect(finding.message).toMatch(
      /clusters\["a"\]\.weight: .*; clusters\["e"\]\.weight: .* is -1 and 2 more; replicas are placed as without this annotation; .* clusters\["c"\], .* clusters\["g"\]: no Cluster has that name/,
    )
  })

  it.each([
    [['a', 'eu-west'], '(joined: a, eu-west; did you mean eu-west?)'],
    [['a'], '(joined: a)'],
  ])('says which clusters of the preferences are not there: %j', (names, there) => {
    const preferences = JSON.stringify({
      clusters: { 'eu-wset': { weight: 1 }, '*': { weight: 1 } },
    })
    const clusters = names.map((name) => cluster(name))
    expect(sharesOf(4, clusters, preferences).finding).toEqual({
      placed: true,
      reason: 'UnknownCluster',
      message: `metadata.annotations[prefs]: clusters["eu-wset"]: no Cluster has that name ${there}`,
    })
  })

  it('says both when replicas have no place because a cluster is misspelt', () => {
    const preferences = JSON.stringify({ clusters: { bb: { weight: 1 } } })
    expect(sharesOf(1, [cluster('b')], preferences).finding).toEqual({
      placed: false,
      reason: 'ReplicasUnplaced',
      message:
        '1 of 1 replicas have no place: b is not among the preferences; metadata.annotations[prefs]: clusters["bb"]: no Cluster has that name (joined: b; did you mean b?)',
    })
  })

  it('holds replicas where they are while no cluster of the preferences is there', () => {
    const misspelt = JSON.stringify({ rebalance: true, clusters: { bb: { weight: 1 } } })
    const running = [cluster('a', 3), cluster('b', 1)]
    expect(sharesOf(4, running, misspelt)).toMatchObject({
      shares: { a: 3, b: 1 },
      finding: { placed: true, reason: 'UnknownCluster' },
    })
    expect(sharesOf(6, running, misspelt)).toMatchObject({
      shares: { a: 3, b: 1 },
      finding: { placed: false, message: expect.stringMatching(/^2 of 6 .*did you mean b\?/) },
    })
    expect(sharesOf(2, running, misspelt).shares).toEqual({ a: 1, b: 1 })
    const known = JSON.stringify({ clusters: { bb: { weight: 1 }, b: { weight: 1 } } })
    expect(sharesOf(4, running, known).shares).toEqual({ a: 0, b: 4 })
    // Who names no cluster at all wants none.
    expect(sharesOf(4, running, '{"clusters":{}}').shares).toEqual({ a: 0, b: 0 })
  })

  it('says when replicas have no place', () => {
    const preferences = JSON.stringify({ clusters: { '*': { weight: 1, maxReplicas: 2 } } })
    expect(sharesOf(5, [cluster('a'), cluster('b')], preferences)).toEqual({
      shares: { a: 2, b: 2 },
      finding: {
        placed: false,
        reason: 'ReplicasUnplaced',
        message: '1 of 5 replicas have no place: a may have 2 at most, b may have 2 at most',
      },
    })
  })

  it.each([
    [
      { a: { weight: 1 } },
      [cluster('a', 1, 'is Offline'), cluster('b')],
      '3 of 4',
      'a is Offline, b is not among the preferences',
    ],
    [
      { a: { maxReplicas: 9 }, b: { maxReplicas: 2, weight: 1 } },
      [cluster('a'), cluster('b')],
      '2 of 4',
      'a has no weight, b may have 2 at most',
    ],
    [{ a: { maxReplicas: 3, weight: 1 } }, [cluster('a')], '1 of 4', 'a may have 3 at most'],
    [
      {},
      Array.from({ length: 7 }, (_, i) => cluster(`c${i}`)),
      '4 of 4',
      /c0 is not .* c4 is not among the preferences and 2 more$/,
    ],
  ])('says of each cluster why: %j', (clusters, there, numbers, why) => {
    const { finding } = sharesOf(4, there, JSON.stringify({ clusters }))
    const [count, reasons] = finding.message.split(' replicas have no place: ')
    expect(count).toBe(numbers)
    if (typeof why === 'string') expect(reasons).toBe(why)
    else expect(reasons).toMatch(why)
  })
})
