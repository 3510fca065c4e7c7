import type { KeyValue } from '../../backend.ts'
import type { EtcdKeyValue } from './etcd-messages.ts'

/** The keys of one federation in an etcd: all of ours begin with a prefix that callers never see. */
export class Keyspace {
  readonly #prefix: string
  readonly #prefixLength: number

  constructor(prefix: string) {
    this.#prefix = prefix
    this.#prefixLength = Buffer.byteLength(prefix)
  }

  key(key: string): Buffer {
    return Buffer.from(this.#prefix + key)
  }

  /** Everything under a prefix, or what is strictly behind `after` of it, as etcd wants a range. */
  range(prefix: string, after?: string): { key: Buffer; rangeEnd: Buffer } {
    const start = this.key(prefix)
    const behind = after === undefined ? start : Buffer.from(`${this.#prefix}${after}\0`)
    return {
      key: notEmpty(Buffer.compare(behind, start) > 0 ? behind : start),
      rangeEnd: endOf(start),
    }
  }

  keyValue({ key, value, modRevision, createRevision }: EtcdKeyValue): KeyValue {
    return { key: this.name(key), value, modRevision, createRevision }
  }

  name(key: Buffer): string {
    return key.toString('utf8', this.#prefixLength)
  }
}

/** etcd takes the byte 0 for "from the first key on". */
const notEmpty = (key: Buffer): Buffer => (key.length === 0 ? Buffer.from([0]) : key)

/** The first key behind a prefix; the byte 0 means that there is none. */
function endOf(prefix: Buffer): Buffer {
  for (let last = prefix.length - 1; last >= 0; last -= 1) {
    const byte = prefix[last] ?? 0xff
    if (byte < 0xff) return Buffer.concat([prefix.subarray(0, last), Buffer.from([byte + 1])])
  }
  return Buffer.from([0])
}
