import { describe, expect, test } from 'vitest'
import { parseOptions } from './options.ts'

const quiet = (): void => undefined

describe('options of federation-apiserver', () => {
  test('the defaults: SQLite in the data folder, on this machine only', async () => {
    expect(await parseOptions([], quiet)).toMatchObject({
      server: {
        securePort: 6443,
        bindAddress: '127.0.0.1',
        federation: true,
        storage: { type: 'sqlite', path: '.federation/federation.db' },
      },
    })
  })

  test('etcd by its servers', async () => {
    const flags = ['--etcd-servers=http://a:2379,http://b:2379', '--etcd-prefix=/x']
    expect(await parseOptions(flags, quiet)).toMatchObject({
      server: {
        storage: { type: 'etcd3', endpoints: ['http://a:2379', 'http://b:2379'], prefix: '/x' },
      },
    })
  })

  test('help is written, and nothing is to be run', async () => {
    let text = ''
    expect(await parseOptions(['--help'], (more) => (text += more))).toBeUndefined()
    expect(text).toContain('--etcd-servers')
  })

  test.each([
    [['--secure-port=70000'], '--secure-port must be a port, 0 to 65535, and is 70000'],
    [['--secure-port=http'], '--secure-port must be a port, 0 to 65535, and is no number'],
    [
      ['--bind-address=here'],
      '--bind-address must be an IP address such as 127.0.0.1, and is "here"',
    ],
    [['--no-such-flag'], 'no-such-flag'],
    [['--storage-backend=etcd3'], '--storage-backend=etcd3 needs --etcd-servers'],
    [
      ['--storage-backend=redis'],
      '--storage-backend must be sqlite, etcd3 or memory, and is "redis"',
    ],
    [
      ['--etcd-servers=http://a,a:2379'],
      '--etcd-servers must be http:// or https:// URLs, and is "a:2379"',
    ],
    [['--tls-cert-file=a'], 'are given together or not at all'],
    [['--max-requests-inflight=-1'], '--max-requests-inflight'],
  ])('%j is refused', async (flags, message) => {
    await expect(parseOptions(flags, quiet)).rejects.toThrow(message)
  })
})
