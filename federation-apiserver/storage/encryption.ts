import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import { chmod, link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StorageError } from './errors.ts'
import type { ValueCipher } from './value-codec.ts'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const envelope = 'enc:aesgcm:v1:'
/** Length of a key's name: the first digits of its SHA-256. */
const idLength = 16
const headerLength = envelope.length + idLength + 1

interface NamedKey {
  readonly id: string
  readonly key: KeyObject
}

export interface EncryptionOptions {
  /** Created with mode 0600 when absent. One base64 key of 32 bytes a line: the first one seals, all of them open. */
  readonly keyFile: string
  /** Values of keys under these are sealed when written, for example `/registry/core/secrets/`. */
  readonly prefixes: readonly string[]
}

/**
 * AES-256-GCM over whole values: `enc:aesgcm:v1:<key id>:` nonce, ciphertext, tag. The envelope's head and the storage key are authenticated with the value, so a sealed
 * value cannot be moved to another key. Values not sealed are read as they are: what was written before is sealed with its next write.
 */
export class ValueEncryption implements ValueCipher {
  readonly #prefixes: readonly string[]
  readonly #sealing: NamedKey
  readonly #opening: ReadonlyMap<string, KeyObject>
  readonly #keyFile: string

  constructor(keys: readonly [NamedKey, ...NamedKey[]], options: EncryptionOptions) {
    this.#prefixes = options.prefixes
    this.#keyFile = options.keyFile
    this.#sealing = keys[0]
    this.#opening = new Map(keys.map(({ id, key }) => [id, key]))
  }

  covers(key: string): boolean {
    return this.#prefixes.some((prefix) => key.startsWith(prefix))
  }

  seal(key: string, plain: Buffer): Buffer {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#sealing.key, nonce)
    const header = `${envelope}${this.#sealing.id}:`
    cipher.setAAD(Buffer.from(header + key))
    const body = [cipher.update(plain), cipher.final()]
    return Buffer.concat([Buffer.from(header), nonce, ...body, cipher.getAuthTag()])
  }

  open(key: string, value: Buffer): Buffer | undefined {
    if (value.length < headerLength + nonceBytes + tagBytes) return undefined
    const header = value.toString('latin1', 0, headerLength)
    if (!header.startsWith(envelope)) return undefined
    const id = header.slice(envelope.length, -1)
    const secret = this.#opening.get(id)
    if (secret === undefined) {
      throw new StorageError(
        'Corrupt',
        `the value of ${key} is sealed with key ${id}, which is not in ${this.#keyFile}; put that key back on a line of its own`,
        { key },
      )
    }
    const body = value.subarray(headerLength + nonceBytes, -tagBytes)
    const nonce = value.subarray(headerLength, headerLength + nonceBytes)
    try {
      const decipher = createDecipheriv(algorithm, secret, nonce)
      decipher.setAAD(Buffer.from(header + key))
      decipher.setAuthTag(value.subarray(-tagBytes))
      return Buffer.concat([decipher.update(body), decipher.final()])
    } catch (cause) {
      throw new StorageError('Corrupt', `the sealed value of ${key} was altered or moved`, {
        key,
        cause,
      })
    }
  }
}

/** Reads the key file, or makes one; throws Corrupt when it holds no usable key. */
export async function openEncryption(options: EncryptionOptions): Promise<ValueEncryption> {
  const { keyFile } = options
  const text = (await readKeyFile(keyFile)) ?? (await createKeyFile(keyFile))
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => namedKey(line, keyFile))
  const [first, ...others] = keys
  if (first === undefined) throw unusable(keyFile)
  return new ValueEncryption([first, ...others], options)
}

async function readKeyFile(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) await chmod(path, 0o600)
    return text
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new StorageError('Unavailable', `cannot read ${path}: ${(err as Error).message}`, {
      cause: err,
    })
  }
}

/** Whole or not at all, and never over another's: the file appears by a link to a finished one. */
async function createKeyFile(path: string): Promise<string> {
  const text = `${randomBytes(keyBytes).toString('base64')}\n`
  const unfinished = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(unfinished, text, { mode: 0o600, flush: true })
  try {
    await link(unfinished, path)
    return text
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code !== 'EEXIST') throw err
    return (await readKeyFile(path)) ?? text
  } finally {
    await unlink(unfinished)
  }
}

function namedKey(line: string, path: string): NamedKey {
  const bytes = Buffer.from(line, 'base64')
  if (bytes.length !== keyBytes) throw unusable(path)
  const id = createHash('sha256').update(bytes).digest('hex').slice(0, idLength)
  return { id, key: createSecretKey(bytes) }
}

const unusable = (path: string): StorageError =>
  new StorageError(
    'Corrupt',
    `${path} holds no usable key (base64 of ${keyBytes} bytes a line); restore it from a backup: sealed values cannot be read without it`,
  )
