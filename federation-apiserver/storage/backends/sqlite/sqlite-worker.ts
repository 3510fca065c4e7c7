import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type {
  CompactRequest,
  Failure,
  WriteBatch,
  WriterOptions,
  WriterReply,
  WriterRequest,
} from './protocol.ts'

/** A transaction takes no further batch once it has so much. */
const transactionBytes = 8 * 1024 * 1024

/** Revisions forgotten in one transaction: writes go on in between. */
const compactionStep = 2000

/** The only connection that writes. */
class Writer {
  readonly #db: DatabaseSync
  readonly #current: StatementSync
  readonly #log: StatementSync
  readonly #put: StatementSync
  readonly #delete: StatementSync
  #revision: number

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    this.#db.exec(
      'PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432; PRAGMA cache_size = -2048',
    )
    this.#current = this.#db.prepare('SELECT rev, create_rev FROM current WHERE key = ?')
    this.#current.setReturnArrays(true)
    this.#log = this.#db.prepare(
      'INSERT INTO log (rev, key, create_rev, prev_rev, value) VALUES (?, ?, ?, ?, ?)',
    )
    this.#put = this.#db.prepare(
      'INSERT INTO current (key, rev, create_rev) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET rev = ?2, create_rev = ?3',
    )
    this.#delete = this.#db.prepare('DELETE FROM current WHERE key = ?')
    const head = this.#db
      .prepare('SELECT max(coalesce((SELECT max(rev) FROM log), 0), compacted) AS head FROM store')
      .get() as { head: number }
    this.#revision = head.head
  }

  /** All writes of all batches in one durable transaction; answers as WriterReply says. */
  write(batches: readonly WriteBatch[]): Float64Array {
    const before = this.#revision
    const count = batches.reduce((sum, { keys }) => sum + keys.length, 0)
    const revisions = new Float64Array(2 * count)
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      let at = 0
      for (const batch of batches) at = this.#writeBatch(batch, revisions, at)
      this.#db.exec('COMMIT')
      return revisions
    } catch (err) {
      this.#revision = before
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw err
    }
  }

  #writeBatch(batch: WriteBatch, revisions: Float64Array, start: number): number {
    let at = start
    let offset = 0
    for (const [index, key] of batch.keys.entries()) {
      const length = batch.lengths[index] ?? -1
      const value = length < 0 ? null : batch.values.subarray(offset, offset + length)
      offset += Math.max(0, length)
      revisions.set(this.#writeOne(key, value, batch.expected[index] ?? -1), at)
      at += 2
    }
    return at
  }

  #writeOne(key: string, value: Uint8Array | null, expected: number): [number, number] {
    const known = this.#current.get(key) as unknown as [number, number] | undefined
    const [previous, created] = known ?? [0, 0]
    if (previous !== expected || (value === null && previous === 0)) return [0, 0]
    const revision = (this.#revision += 1)
    const createRevision = previous === 0 ? revision : created
    this.#log.run(revision, key, createRevision, previous, value)
    if (value === null) this.#delete.run(key)
    else this.#put.run(key, revision, createRevision)
    return [revision, createRevision]
  }

  /** One step towards a compaction; answers the revision reached. */
  compact(from: number, target: number): number {
    const to = Math.min(target, from + compactionStep)
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      this.#db
        .prepare(
          'DELETE FROM log WHERE rev IN (SELECT prev_rev FROM log WHERE rev > ? AND rev <= ? AND prev_rev > 0)',
        )
        .run(from, to)
      this.#db.prepare('DELETE FROM log WHERE rev > ? AND rev <= ? AND value IS NULL').run(from, to)
      this.#db.prepare('UPDATE store SET compacted = ?, swept = ?').run(target, to)
      this.#db.exec('COMMIT')
      return to
    } catch (err) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw err
    }
  }

  /** How far earlier compactions have come. */
  swept(): number {
    const row = this.#db.prepare('SELECT swept FROM store').get() as { swept: number }
    return row.swept
  }

  close(): void {
    this.#db.close()
  }
}

function failureOf(err: unknown): Failure {
  const { message, errcode } = err as { message: string; errcode?: number }
  return { message, errcode: errcode ?? 0 }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function compact(writer: Writer, { revision }: CompactRequest): Promise<WriterReply> {
  try {
    for (let from = writer.swept(); from < revision; await nextTurn()) {
      from = writer.compact(from, revision)
    }
    return { type: 'compacted', revision }
  } catch (err) {
    return { type: 'compacted', revision, failure: failureOf(err) }
  }
}

function write(writer: Writer, batches: readonly WriteBatch[]): WriterReply {
  try {
    return { type: 'written', batches: batches.length, revisions: writer.write(batches) }
  } catch (err) {
    return { type: 'failed', batches: batches.length, failure: failureOf(err) }
  }
}

/** The batches that came while the last transaction was made durable, and what came behind them, if anything. */
function takeBatches(port: MessagePort, first: WriteBatch): [WriteBatch[], WriterRequest?] {
  const batches = [first]
  for (let bytes = first.values.byteLength; bytes < transactionBytes;) {
    const received = receiveMessageOnPort(port) as { message: WriterRequest } | undefined
    if (received === undefined) break
    if (received.message.type !== 'write') return [batches, received.message]
    batches.push(received.message)
    bytes += received.message.values.byteLength
  }
  return [batches]
}

if (parentPort !== null) {
  const port = parentPort
  const writer = new Writer((workerData as WriterOptions).path)
  const receive = (request: WriterRequest): void => {
    if (request.type === 'write') {
      const [batches, next] = takeBatches(port, request)
      port.postMessage(write(writer, batches))
      if (next !== undefined) receive(next)
    } else if (request.type === 'compact') {
      void compact(writer, request).then((reply) => port.postMessage(reply))
    } else {
      writer.close()
      port.close()
    }
  }
  port.on('message', receive)
}
