import { StorageError } from './errors.ts'
import { isObjectJson, type Lifetime } from './stored-object.ts'

/** Seals values of some keys before a Backend sees them; both directions throw StorageError Corrupt on values they cannot read. */
export interface ValueCipher {
  /** Whether values of this key are to be sealed when written. */
  covers(key: string): boolean
  seal(key: string, plain: Buffer): Buffer
  /** The plain value; undefined when the value is not sealed. */
  open(key: string, value: Buffer): Buffer | undefined
}

export interface DecodedValue {
  readonly stored: Buffer
  readonly lifetime?: Lifetime | undefined
}

const lifetimeHeader = /^ttl=(\d+),(\d+);/
const longestHeader = 40

/**
 * Between an object's JSON and the value a Backend holds: `[ttl=SECONDS,EXPIRES_AT;]JSON`, sealed as a whole when the cipher covers the key.
 * The end of an object's life is in its value, so it survives restarts and every replica knows it.
 */
export class ValueCodec {
  readonly #cipher: ValueCipher | undefined

  constructor(cipher?: ValueCipher) {
    this.#cipher = cipher
  }

  encode(key: string, { stored, lifetime }: DecodedValue): Buffer {
    const plain =
      lifetime === undefined
        ? stored
        : Buffer.concat([Buffer.from(`ttl=${lifetime.ttlSeconds},${lifetime.expiresAt};`), stored])
    return this.#cipher?.covers(key) === true ? this.#cipher.seal(key, plain) : plain
  }

  decode(key: string, value: Buffer): DecodedValue {
    const plain = this.#cipher?.open(key, value) ?? value
    if (isObjectJson(plain)) return { stored: plain }
    const header = lifetimeHeader.exec(plain.toString('latin1', 0, longestHeader))
    const stored = plain.subarray(header?.[0].length ?? 0)
    if (header === null || !isObjectJson(stored)) {
      throw new StorageError('Corrupt', `the value of ${key} is not an object of this store`, {
        key,
      })
    }
    return {
      stored,
      lifetime: { ttlSeconds: Number(header[1]), expiresAt: Number(header[2]) },
    }
  }
}
