import 'reflect-metadata'
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  webcrypto,
  X509Certificate,
} from 'node:crypto'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { readOrCreate, readText, unusable, writePrivate } from './private-files.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const dayMs = 86_400_000

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

export interface ClientCertificateRequest {
  readonly commonName: string
  readonly organizations?: readonly string[]
  readonly days: number
}

/** The server's own certificate authority and what it signed. */
export interface Pki {
  /** PEM of the CA that signed the server's certificate and that client certificates are checked against. */
  readonly caCertificate: string
  readonly server: KeyPair
  /** Signs ServiceAccount tokens (ES256). */
  readonly serviceAccountKey: {
    readonly privateKey: KeyObject
    readonly publicKey: KeyObject
    readonly keyId: string
  }
  issueClientCertificate(request: ClientCertificateRequest): Promise<KeyPair>
}

/** Names and addresses that the server's certificate is good for, beside localhost and kubernetes.default.svc. */
export interface ServerNames {
  readonly names: readonly string[]
  readonly ips: readonly string[]
}

/**
 * Loads the CA, server certificate and ServiceAccount key from a folder (0700, files 0600), making what is missing. The server
 * certificate is renewed when it has less than 30 days left or names changed; the CA is good for 10 years.
 */
export async function loadOrCreatePki(folder: string, wanted: ServerNames): Promise<Pki> {
  x509.cryptoProvider.set(webcrypto)
  const ca = await readOrCreate(folder, 'ca', makeAuthority)
  const authority = await authorityOf(folder, ca)
  const names = [
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    ...wanted.names,
  ]
  const ips = ['127.0.0.1', '::1', ...wanted.ips]
  const subjects = { dns: [...new Set(names)], ips: [...new Set(ips)] }
  const stored = readText(folder, 'server.crt')
  const storedKey = readText(folder, 'server.key')
  let server: KeyPair
  if (stored !== undefined && storedKey !== undefined && isGood(stored, ca.cert, subjects)) {
    server = { cert: stored, key: storedKey }
  } else {
    server = await sign(authority, { subject: 'CN=kube-apiserver', days: 365, server: subjects })
    writePrivate(folder, 'server.key', server.key)
    writePrivate(folder, 'server.crt', server.cert)
  }
  const account = readText(folder, 'service-account.key') ?? (await makeAccountKey(folder))
  const privateKey = parsed(join(folder, 'service-account.key'), () => createPrivateKey(account))
  const publicKey = createPublicKey(privateKey)
  return {
    caCertificate: ca.cert,
    server,
    serviceAccountKey: { privateKey, publicKey, keyId: keyIdOf(publicKey) },
    issueClientCertificate: (request) =>
      sign(authority, {
        subject: subjectOf(request),
        days: request.days,
      }),
  }
}

interface Authority {
  readonly cert: x509.X509Certificate
  readonly key: webcrypto.CryptoKey
}

interface Subjects {
  readonly dns: readonly string[]
  readonly ips: readonly string[]
}

/** What `parse` makes of a file; UsageError that names it when it cannot be read. */
function parsed<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (err) {
    throw unusable(path, `cannot be read (${err instanceof Error ? err.message : String(err)})`)
  }
}

async function authorityOf(folder: string, ca: KeyPair): Promise<Authority> {
  const cert = parsed(join(folder, 'ca.crt'), () => new x509.X509Certificate(ca.cert))
  const path = join(folder, 'ca.key')
  const key = parsed(path, () => createPrivateKey(ca.key))
  if (!new X509Certificate(ca.cert).checkPrivateKey(key)) {
    throw unusable(path, 'is not the key of ca.crt')
  }
  return { cert, key: await importKey(ca.key) }
}

const newKeys = async (): Promise<webcrypto.CryptoKeyPair> =>
  (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair

const exportKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem)
  if (der === undefined) throw new TypeError('it holds no private key')
  return (await webcrypto.subtle.importKey('pkcs8', der, algorithm, true, [
    'sign',
  ])) as webcrypto.CryptoKey
}

const serial = (): string =>
  randomBytes(16)
    .toString('hex')
    .replace(/^[89a-f]/, '1')

async function makeAuthority(): Promise<KeyPair> {
  const keys = await newKeys()
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=federation-ca',
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3650 * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: cert.toString('pem'), key: await exportKey(keys.privateKey) }
}

async function makeAccountKey(folder: string): Promise<string> {
  const keys = await newKeys()
  const key = await exportKey(keys.privateKey)
  writePrivate(folder, 'service-account.key', key)
  return key
}

/** Names the key in the header of tokens: the hash of its public half, as Kubernetes does. */
const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url')

async function sign(
  authority: Authority,
  what: { subject: x509.JsonName | string; days: number; server?: Subjects },
): Promise<KeyPair> {
  const keys = await newKeys()
  const usage =
    what.server === undefined ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: what.subject,
    issuer: authority.cert.subject,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + what.days * dayMs),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.cert.publicKey),
      ...(what.server === undefined ? [] : [alternativeNames(what.server)]),
    ],
  })
  return { cert: cert.toString('pem'), key: await exportKey(keys.privateKey) }
}

const alternativeNames = (subjects: Subjects): x509.SubjectAlternativeNameExtension =>
  new x509.SubjectAlternativeNameExtension([
    ...subjects.dns.map((value) => ({ type: 'dns' as const, value })),
    ...subjects.ips.map((value) => ({ type: 'ip' as const, value })),
  ])

const subjectOf = (request: ClientCertificateRequest): x509.JsonName => [
  ...(request.organizations ?? []).map((organization) => ({ O: [organization] })),
  { CN: [request.commonName] },
]

function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

/** Signed by the CA, more than 30 days left, and good for every name. */
function isGood(pem: string, ca: string, subjects: Subjects): boolean {
  const cert = certificateIn(pem)
  if (cert === undefined || !cert.checkIssued(new X509Certificate(ca))) return false
  if (new Date(cert.validTo).getTime() - Date.now() < 30 * dayMs) return false
  return (
    subjects.dns.every((name) => cert.checkHost(name) !== undefined) &&
    subjects.ips.every((ip) => cert.checkIP(ip) !== undefined)
  )
}
