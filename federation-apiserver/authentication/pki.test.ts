import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { clientCertificateAuthenticator } from './client-certificate.ts'
import { loadOrCreatePki } from './pki.ts'

const none = { names: [], ips: [] }
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pki-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('loadOrCreatePki', () => {
  it('keeps everything private', async () => {
    const dir = join(folder, 'certs')
    await loadOrCreatePki(dir, none)
    expect((await stat(dir)).mode & 0o777).toBe(0o700)
    const files = await readdir(dir)
    expect(files.sort()).toEqual([
      'ca.crt',
      'ca.key',
      'server.crt',
      'server.key',
      'service-account.key',
    ])
    for (const file of files) expect((await stat(join(dir, file))).mode & 0o777).toBe(0o600)
  })

  it('finds what it made, and makes the server certificate anew when its names change', async () => {
    const first = await loadOrCreatePki(folder, { names: ['api.example.test'], ips: [] })
    const again = await loadOrCreatePki(folder, { names: ['api.example.test'], ips: [] })
    expect(again.server).toEqual(first.server)
    expect(again.caCertificate).toBe(first.caCertificate)
    const other = await loadOrCreatePki(folder, { names: [], ips: ['192.0.2.1', '2001:db8::1'] })
    expect(other.caCertificate).toBe(first.caCertificate)
    const certificate = new X509Certificate(other.server.cert)
    for (const host of ['localhost', 'kubernetes.default.svc']) {
      expect(certificate.checkHost(host)).toBe(host)
    }
    for (const ip of ['127.0.0.1', '::1', '192.0.2.1', '2001:db8::1']) {
      expect(certificate.checkIP(ip)).toBe(ip)
    }
  })

  it.each([
    ['a missing CA key', async () => unlink(join(folder, 'ca.key')), 'ca.key'],
    ['a missing CA certificate', async () => unlink(join(folder, 'ca.crt')), 'ca.crt'],
    ['a CA key of rubbish', async () => writeFile(join(folder, 'ca.key'), 'x'), 'ca.key'],
    ['a CA certificate of rubbish', async () => writeFile(join(folder, 'ca.crt'), 'x'), 'ca.crt'],
    [
      'a token key of rubbish',
      async () => writeFile(join(folder, 'service-account.key'), 'x'),
      'service-account.key',
    ],
  ])('refuses %s, and says so', async (_, spoil, file) => {
    await loadOrCreatePki(folder, none)
    await spoil()
    const error = await loadOrCreatePki(folder, none).catch((err: unknown) => err)
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain(join(folder, file))
  })

  it('makes a spoiled server certificate again', async () => {
    await loadOrCreatePki(folder, none)
    await writeFile(join(folder, 'server.crt'), 'x')
    const pki = await loadOrCreatePki(folder, none)
    expect(new X509Certificate(pki.server.cert).checkHost('localhost')).toBe('localhost')
  })
})

describe('clientCertificateAuthenticator', () => {
  async function userOf(issuer: 'own' | 'foreign'): Promise<unknown> {
    const pki = await loadOrCreatePki(folder, none)
    const foreign = await loadOrCreatePki(join(folder, 'other'), none)
    const request = { commonName: 'bob', organizations: ['a', 'b, c'], days: 1 }
    const pair = await (issuer === 'own' ? pki : foreign).issueClientCertificate(request)
    const { key, cert } = pki.server
    const ca = pki.caCertificate
    const server = createServer({ key, cert, ca, requestCert: true, rejectUnauthorized: false })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const client = connect({ host: '127.0.0.1', port, ca, key: pair.key, cert: pair.cert })
    const [connection] = (await once(server, 'secureConnection')) as [TLSSocket]
    const left: number[] = []
    const authenticator = clientCertificateAuthenticator((seconds) => left.push(seconds))
    const user = await authenticator({ headers: {}, connection })
    expect(await authenticator({ headers: {}, connection })).toBe(user)
    // Told each time, and of whom it knows only: a day.
    const hours = left.map((seconds) => Math.round(seconds / 3600))
    expect(hours).toEqual(issuer === 'own' ? [24, 24] : [])
    client.destroy()
    server.close()
    return user
  }

  it('reads name and groups', async () => {
    expect(await userOf('own')).toMatchObject({
      name: 'bob',
      groups: ['a', 'b, c', 'system:authenticated'],
    })
  })

  it('does not know whom a foreign authority signed', async () => {
    expect(await userOf('foreign')).toBeUndefined()
  })
})
