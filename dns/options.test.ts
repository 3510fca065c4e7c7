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
  [['--dns-port=70000'], '--dns-port must be a port, 0 to 65535, and is 70000'],
  [['--dns-port=x'], '--dns-port'],
  [['--zone=a..b'], '--zone must be a domain name such as example.test, and is "a..b"'],
  [['--federation-name='], '--federation-name must be a DNS label'],
  [
    ['--bind-address=localhost'],
    '--bind-address must be an IP address such as 127.0.0.1, and is "localhost"',
  ],
  [
    ['--advertise-address=x'],
    '--advertise-address must be an IP address such as 127.0.0.1, and is "x"',
  ],
  [['--such-flag'], 'unknown flag --such-flag;'],
  [['--prot=1'], 'unknown flag --prot (did you mean --port?)'],
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
