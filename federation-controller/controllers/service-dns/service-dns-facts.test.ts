import { describe, expect, it } from 'vitest'
import type { ServiceDNSFacts } from '#apimachinery/schema/federation.ts'
import { type MemberObservation, serviceDNSFacts } from './service-dns-facts.ts'

const now = '2026-01-02T03:04:05Z'
const earlier = '2026-01-01T00:00:00Z'
const place = { cluster: 'c1', region: 'eu', zones: ['eu-a'] }
const seen = (ingress: object[], readyEndpoints: number): MemberObservation => ({
  ...place,
  visible: true,
  service: { ingress, readyEndpoints },
})
const healthy: ServiceDNSFacts = {
  ...place,
  addresses: ['198.51.100.1'],
  readyEndpoints: 2,
  health: 'Healthy',
  since: earlier,
}

interface Case {
  name: string
  observed: MemberObservation
  previous?: ServiceDNSFacts[]
  facts: ServiceDNSFacts[]
}

const cases: Case[] = [
  {
    name: 'an address and ready endpoints are healthy',
    observed: seen([{ ip: '198.51.100.1' }], 2),
    facts: [{ ...healthy, since: now }],
  },
  {
    name: 'since is kept while the health is',
    observed: seen([{ ip: '198.51.100.1' }], 2),
    previous: [healthy],
    facts: [healthy],
  },
  {
    name: 'no ready endpoint is unhealthy, its address is still told',
    observed: seen([{ ip: '198.51.100.1' }], 0),
    previous: [healthy],
    facts: [{ ...healthy, readyEndpoints: 0, health: 'Unhealthy', since: now, returns: 0 }],
  },
  {
    name: 'no address is unhealthy',
    observed: seen([], 3),
    facts: [{ ...place, readyEndpoints: 3, health: 'Unhealthy', since: now }],
  },
  {
    name: 'addresses and host names are apart, distinct and sorted',
    observed: seen(
      [
        { ip: '198.51.100.9' },
        { ip: '198.51.100.1' },
        { ip: '198.51.100.9' },
        { hostname: 'a.example.test' },
      ],
      1,
    ),
    facts: [
      {
        ...place,
        addresses: ['198.51.100.1', '198.51.100.9'],
        hostnames: ['a.example.test'],
        readyEndpoints: 1,
        health: 'Healthy',
        since: now,
      },
    ],
  },
  {
    name: 'a member without a copy has no facts',
    observed: { ...place, visible: true },
    previous: [healthy],
    facts: [],
  },
  {
    name: 'a member out of sight keeps what was known, as Unknown',
    observed: { ...place, visible: false },
    previous: [healthy],
    facts: [{ ...healthy, health: 'Unknown', since: now, returns: 0 }],
  },
  {
    name: 'a member out of sight since earlier keeps its time',
    observed: { ...place, visible: false },
    previous: [{ ...healthy, health: 'Unknown' }],
    facts: [{ ...healthy, health: 'Unknown' }],
  },
  {
    name: 'a member never seen has no facts',
    observed: { ...place, visible: false },
    facts: [],
  },
  {
    name: 'an empty region or list of zones is absent',
    observed: { ...seen([{ ip: '2001:db8::1' }], 1), region: '', zones: [] },
    facts: [
      {
        cluster: 'c1',
        addresses: ['2001:db8::1'],
        readyEndpoints: 1,
        health: 'Healthy',
        since: now,
      },
    ],
  },
]

describe('serviceDNSFacts', () => {
  it.each(cases)('$name', ({ observed, previous = [], facts }) => {
    expect(serviceDNSFacts({ observations: [observed], previous, now })).toEqual(facts)
  })

  it('takes back at once who was lost once, and who comes and goes later and later', () => {
    const start = Date.parse('2026-01-01T00:00:00Z')
    const at = (seconds: number): string =>
      new Date(start + seconds * 1000).toISOString().replace('.000Z', 'Z')
    const up = seen([{ ip: '192.0.2.1' }], 1)
    const down = seen([{ ip: '192.0.2.1' }], 0)
    const unseen: MemberObservation = { ...place, visible: false }
    const story: [number, MemberObservation, number | undefined, number | undefined][] = [
      [0, down, undefined, undefined],
      [1, up, undefined, undefined],
      [2, down, 0, undefined],
      [3, up, 1, undefined],
      [4, down, 1, undefined],
      [5, up, 2, 15],
      [6, up, 2, 15],
      // Out of sight within the grace: it kept answering.
      [20, unseen, 2, undefined],
      [30, up, 2, undefined],
      [40, down, 2, undefined],
      [50, up, 3, 70],
      [100, unseen, 3, undefined],
      [200, up, 4, 240],
      // Calm for more than ten minutes.
      [900, down, 0, undefined],
      [901, up, 1, undefined],
    ]
    let previous: ServiceDNSFacts[] = []
    for (const [seconds, observed, returns, steadyFrom] of story) {
      previous = serviceDNSFacts({ observations: [observed], previous, now: at(seconds) })
      const [{ returns: found, steadyFrom: until } = {}] = previous
      const expected = [seconds, returns, steadyFrom === undefined ? undefined : at(steadyFrom)]
      expect([seconds, found, until]).toEqual(expected)
    }
  })

  it('sorts by cluster and drops clusters that are gone', () => {
    const observe = (cluster: string): MemberObservation => ({ ...seen([], 0), cluster })
    const facts = serviceDNSFacts({
      observations: [observe('b'), observe('a')],
      previous: [{ ...healthy, cluster: 'left' }],
      now,
    })
    expect(facts.map(({ cluster }) => cluster)).toEqual(['a', 'b'])
  })
})
