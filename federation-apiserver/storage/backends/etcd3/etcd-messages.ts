import { Reader } from '#apimachinery/protobuf/reader.ts'
import { delimited, varintField } from '#apimachinery/protobuf/writer.ts'

// Octets of the messages of every request: etcd's API v3 (etcd: api/etcdserverpb/rpc.proto, api/mvccpb/kv.proto), as far as they are used here.

export interface EtcdKeyValue {
  readonly key: Buffer
  readonly value: Buffer
  readonly createRevision: number
  readonly modRevision: number
}

/** Keys from `key` up to and without `rangeEnd`; only `key` when that is absent, and to the last key when it is the byte 0. */
export interface RangeRequest {
  readonly key: Buffer
  readonly rangeEnd?: Buffer
  readonly limit?: number
  readonly revision?: number | undefined
  readonly keysOnly?: boolean
}

export interface RangeResponse {
  /** Of the store when it answered, whichever revision was read. */
  readonly revision: number
  readonly kvs: readonly EtcdKeyValue[]
  readonly more: boolean
}

/** Puts (or, without a value, deletes) a key if its mod revision is as expected. */
export interface WriteRequest {
  readonly key: Buffer
  readonly value?: Buffer | undefined
  readonly expected: number
}

export interface WriteResponse {
  readonly revision: number
  readonly succeeded: boolean
  /** What is there instead, when it did not succeed. */
  readonly current: EtcdKeyValue | undefined
}

export interface WatchRequest {
  readonly key: Buffer
  readonly rangeEnd: Buffer
  readonly startRevision: number
  readonly progressNotify: boolean
  readonly previous: boolean
}

export interface EtcdEvent {
  readonly type: 'PUT' | 'DELETE'
  readonly kv: EtcdKeyValue
  readonly previous: EtcdKeyValue | undefined
}

export interface WatchResponse {
  readonly revision: number
  readonly created: boolean
  readonly canceled: boolean
  readonly compactRevision: number
  readonly cancelReason: string
  /** More events of the last revision follow. */
  readonly fragment: boolean
  readonly events: readonly EtcdEvent[]
}

/** A message out of its fields by number; absent ones, 0 and false are not written. */
function message(fields: Readonly<Record<number, Buffer | number | boolean | undefined>>): Buffer {
  const out: Buffer[] = []
  for (const [number, value] of Object.entries(fields)) {
    if (Buffer.isBuffer(value)) delimited(Number(number), value, out)
    else if (value !== undefined && Number(value) !== 0) {
      varintField(Number(number), Number(value), out)
    }
  }
  return Buffer.concat(out)
}

export const encodeRange = (request: RangeRequest): Buffer =>
  message({
    1: request.key,
    2: request.rangeEnd,
    3: request.limit,
    4: request.revision,
    8: request.keysOnly,
  })

const compareMod = 2

/** TxnRequest {compare = 1, success = 2, failure = 3}; RequestOp {range = 1, put = 2, delete_range = 3}. */
export function encodeWrite({ key, value, expected }: WriteRequest): Buffer {
  const byKey = message({ 1: key })
  const change = value === undefined ? { 3: byKey } : { 2: message({ 1: key, 2: value }) }
  const compare: Buffer[] = [message({ 2: compareMod, 3: key })]
  // A member of a oneof: 0 is written too.
  varintField(6, expected, compare)
  return message({ 1: Buffer.concat(compare), 2: message(change), 3: message({ 1: byKey }) })
}

export const encodeWatch = (request: WatchRequest): Buffer =>
  message({
    1: message({
      1: request.key,
      2: request.rangeEnd,
      3: request.startRevision,
      4: request.progressNotify,
      6: request.previous,
      8: true,
    }),
  })

export const progressRequest: Buffer = message({ 3: Buffer.alloc(0) })

/** Calls `take` with each field of a message. */
function fieldsOf(
  bytes: Buffer,
  take: (number: number, value: Buffer, integer: number) => void,
): void {
  const reader = new Reader(bytes)
  while (!reader.done) {
    const { number, value } = reader.next()
    if (Buffer.isBuffer(value)) take(number, value, 0)
    else take(number, empty, Number(value))
  }
}

const empty: Buffer = Buffer.alloc(0)

function keyValue(bytes: Buffer): EtcdKeyValue {
  const kv = { key: empty, value: empty, createRevision: 0, modRevision: 0 }
  fieldsOf(bytes, (number, value, integer) => {
    if (number === 1) kv.key = value
    else if (number === 2) kv.createRevision = integer
    else if (number === 3) kv.modRevision = integer
    else if (number === 5) kv.value = value
  })
  return kv
}

function revisionOf(header: Buffer): number {
  let revision = 0
  fieldsOf(header, (number, _, integer) => {
    if (number === 3) revision = integer
  })
  return revision
}

export function decodeRange(bytes: Buffer): RangeResponse {
  const kvs: EtcdKeyValue[] = []
  const answer = { revision: 0, kvs, more: false }
  fieldsOf(bytes, (number, value, integer) => {
    if (number === 1) answer.revision = revisionOf(value)
    else if (number === 2) kvs.push(keyValue(value))
    else if (number === 3) answer.more = integer !== 0
  })
  return answer
}

/** TxnResponse {header = 1, succeeded = 2, responses = 3}; a failed one has the range of the key. */
export function decodeWrite(bytes: Buffer): WriteResponse {
  let [revision, succeeded] = [0, false]
  let current: EtcdKeyValue | undefined
  fieldsOf(bytes, (number, value, integer) => {
    if (number === 1) revision = revisionOf(value)
    else if (number === 2) succeeded = integer !== 0
    else if (number === 3) {
      fieldsOf(value, (kind, range) => {
        if (kind === 1) [current] = decodeRange(range).kvs
      })
    }
  })
  return { revision, succeeded, current }
}

function event(bytes: Buffer): EtcdEvent {
  let type: EtcdEvent['type'] = 'PUT'
  let kv: Buffer = empty
  let previous: EtcdKeyValue | undefined
  fieldsOf(bytes, (number, value, integer) => {
    if (number === 1 && integer === 1) type = 'DELETE'
    else if (number === 2) kv = value
    else if (number === 3) previous = keyValue(value)
  })
  return { type, kv: keyValue(kv), previous }
}

export function decodeWatch(bytes: Buffer): WatchResponse {
  const events: EtcdEvent[] = []
  const answer = {
    revision: 0,
    created: false,
    canceled: false,
    compactRevision: 0,
    cancelReason: '',
    fragment: false,
    events,
  }
  fieldsOf(bytes, (number, value, integer) => {
    if (number === 1) answer.revision = revisionOf(value)
    else if (number === 3) answer.created = integer !== 0
    else if (number === 4) answer.canceled = integer !== 0
    else if (number === 5) answer.compactRevision = integer
    else if (number === 6) answer.cancelReason = value.toString()
    else if (number === 7) answer.fragment = integer !== 0
    else if (number === 11) events.push(event(value))
  })
  return answer
}
