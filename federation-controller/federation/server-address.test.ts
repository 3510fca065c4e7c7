import { describe, expect, it } from 'vitest'
import { chooseServerAddress } from './server-address.ts'

const host = ['127.0.0.1', '192.0.2.10', '2001:db8::10']

describe('chooseServerAddress', () => {
  const cases: [name: string, entries: [string, string][], expected: string | undefined][] = [
    ['everything, without a scheme', [['0.0.0.0/0', 'a.example.test']], 'https://a.example.test'],
    ['a port is kept', [['0.0.0.0/0', 'a.example.test:6443']], 'https://a.example.test:6443'],
    [
      'a URL is kept, without the last slash',
      [['0.0.0.0/0', 'http://a.example.test/k8s/']],
      'http://a.example.test/k8s',
    ],
    ['an IPv6 address gets brackets', [['::/0', '2001:db8::1']], 'https://[2001:db8::1]'],
    ['an empty CIDR is everything', [['', '198.51.100.1']], 'https://198.51.100.1'],
    [
      'the longest prefix wins, wherever it stands',
      [
        ['0.0.0.0/0', 'public.example.test'],
        ['192.0.2.0/24', 'near.example.test'],
        ['192.0.0.0/8', 'far.example.test'],
      ],
      'https://near.example.test',
    ],
    [
      'the first of equals wins',
      [
        ['0.0.0.0/0', 'one.example.test'],
        ['::/0', 'two.example.test'],
      ],
      'https://one.example.test',
    ],
    ['IPv6 networks count', [['2001:db8::/32', 'six.example.test']], 'https://six.example.test'],
    ['no entry for this host', [['203.0.113.0/24', 'other.example.test']], undefined],
    [
      'a CIDR that is none matches nothing',
      [
        ['192.0.2.0/99', 'x'],
        ['nonsense', 'y'],
        ['192.0.2.0', 'z'],
      ],
      undefined,
    ],
  ]
  it.each(cases)('%s', (_, entries, expected) => {
    const list = entries.map(([clientCIDR, serverAddress]) => ({ clientCIDR, serverAddress }))
    expect(chooseServerAddress(list, host)).toBe(expected)
  })
})
