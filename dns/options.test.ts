import { expect, test } from 'vitest'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { parseOptions } from './options.ts'

const silent = (): void => {}

test('flags, their other names and defaults', async () => {
  const options = await parseOptions(
    ['--port=5301', '--dns-zone-name', 'fed.example.test', '--advertise-address=192.0.2.1'],
    silent,
  )
  expect(options).toEqual({
    dnsPort: 5301,
    bindAddress: '0.0.0.0',
    zone: 'fed.example.test',
    federationName: 'federation',
    advertiseAddress: ['192.0.2.1'],
    logLevel: 'info',
  })
})

test.each([
  [['--dns-port=70000'], '--dns-port must be 65535 or less'],
  [['--dns-port=x'], '--dns-port'],
  [['--zone=a..b'], '--zone is no domain name'],
  [['--federation-name='], '--federation-name must be a DNS label'],
  [['--bind-address=localhost'], '--bind-address is no IP address'],
  [['--advertise-address=x'], '--advertise-address is no IP address'],
  [['--nope'], 'unknown flag --nope'],
])('%j is refused', async (argv, message) => {
  const error = await parseOptions(argv, silent).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(UsageError)
  expect((error as Error).message).toContain(message)
})

test('help names every flag', async () => {
  let text = ''
  expect(await parseOptions(['--help'], (t) => (text += t))).toBeUndefined()
  for (const flag of [
    '--dns-port',
    '--zone',
    '--federation-name',
    '--snapshot-file',
    '--kubeconfig',
  ])
    expect(text).toContain(flag)
})
