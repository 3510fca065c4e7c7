import { expect, test } from 'vitest'
import type { ClusterRow, ScreenState } from './screen.ts'
import { createTerminal } from './terminal.ts'

const cluster = (name: string, status: string): ClusterRow => ({
  name,
  status,
  version: 'v1.36.0',
  region: 'r',
  zones: 'z',
})

const empty: ScreenState = { dataDir: 'd', steps: [], notices: [], clusters: [], tryNext: [] }

/** What a log gets to read of each state. */
function logOf(...states: readonly Partial<ScreenState>[]): string[][] {
  const written: string[] = []
  const terminal = createTerminal({ write: (text) => void written.push(text) })
  return states.map((state) => {
    terminal.show({ ...empty, ...state })
    return written.splice(0).flatMap((text) => text.split('\n').slice(0, -1))
  })
}

const seen = (...clusters: ClusterRow[]): Partial<ScreenState> => ({ clusters })
const [eu, us] = [cluster('eu', 'Ready'), cluster('us', 'Ready')]

test('a cluster that goes and is back is told each time, and what is as it was is not', () => {
  const away = cluster('us', 'NotReady')
  const [, ...log] = logOf({}, seen(eu, us), seen(eu, us), seen(eu, away), seen(eu, us))
  expect(
    log.map((lines) => lines.map((line) => line.trim().split(/ +/).slice(0, 2).join(' '))),
  ).toEqual([['CLUSTER STATUS', 'eu Ready', 'us Ready'], [], ['us NotReady'], ['us Ready']])
})

test('a cluster that joins again is told again', () => {
  const [, , log] = logOf(seen(eu, us), seen(eu), seen(eu, us))
  expect(log).toEqual(['  us        Ready    v1.36.0   r        z'])
})

test('the answers of a name are told all of them when one has gone', () => {
  const answer = (address: string) => ({ address, cluster: 'c' })
  const dns = (...addresses: string[]) => ({ dns: { name: 'web', answers: addresses.map(answer) } })
  const [, ...log] = logOf(dns('192.0.2.1', '192.0.2.2'), dns('192.0.2.2'), dns())
  expect(log).toEqual([
    ['  web', '      A  192.0.2.2        c'],
    ['  web', '      no answer yet'],
  ])
})

test('a step is told when it is done, and a notice once', () => {
  const step = { title: 'DNS server', detail: 'at', done: false }
  const log = logOf(
    { steps: [step] },
    { steps: [{ ...step, done: true }], notices: ['a', 'b'] },
    { steps: [{ ...step, done: true }], notices: ['a', 'b', 'c'] },
  )
  expect(log.map((lines) => lines.slice(-3))).toEqual([
    ['  kubefed playground   data in d · Ctrl-C stops, the data stays'],
    ['  ✔ DNS server             at', '  ! a', '  ! b'],
    ['  ! c'],
  ])
})
