import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import { StorageError } from '../../errors.ts'
import { asStorageError } from './database.ts'
import type { WriteBatch, WriterOptions, WriterReply, WriterRequest } from './protocol.ts'

const batchCount = 1024
const batchBytes = 8 * 1024 * 1024
/** Between the end of a thread that nobody asked to end and the start of the next. */
const restartMs = 500

/** One write; no value means deletion. */
export interface Write {
  readonly key: string
  readonly value?: Uint8Array
  readonly expected: number
}

export interface Written {
  readonly write: Write
  /** The revision it took; 0 when it was refused. */
  readonly revision: number
  readonly createRevision: number
}

export interface WriterListener {
  /** Is told of every durable batch, in order, before its writers are. */
  onWritten(batch: readonly Written[]): void
  /** Before there is a new thread: the last one may have left more in the file than it told. Throws when the file cannot be read. */
  onRestart(): void
}

interface Pending {
  readonly write: Write
  readonly resolve: (revision: number) => void
  readonly reject: (err: StorageError) => void
}

interface Compacting {
  readonly resolve: () => void
  readonly reject: (err: StorageError) => void
}

/**
 * The writer thread as seen from outside. What is written in one turn of the event loop goes to it as the turn ends; it makes one transaction of all
 * that has come while it was busy, so the number of syncs falls as the load grows. A thread that dies is replaced after a moment, in which nothing can be written.
 */
export class SqliteWriter {
  readonly #path: string
  readonly #listener: WriterListener
  #worker: Worker
  #waiting: Pending[] = []
  /** What was sent and not answered, batch by batch. */
  #underWay: Pending[][] = []
  #compactions: Compacting[] = []
  #scheduled = false
  #ended: StorageError | undefined
  #closing = false

  constructor(path: string, listener: WriterListener) {
    this.#path = path
    this.#listener = listener
    this.#worker = this.#start()
  }

  #start(): Worker {
    const path = this.#path
    const workerData: WriterOptions = { path }
    const cache = getCompileCacheDir()
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData,
      // A thread does not inherit the compile cache; with it the thread needs no type stripping (18 MB less).
      env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
    })
    worker.on('message', (reply: WriterReply) => this.#receive(reply))
    worker.on('error', (err) => this.#end(asStorageError(err, path)))
    worker.on('exit', () => this.#exited())
    worker.unref()
    return worker
  }

  #exited(): void {
    const why = this.#closing ? 'is closed' : 'has lost its writer, and gets another in a moment'
    this.#end(new StorageError('Unavailable', `${this.#path} ${why}`))
    if (!this.#closing) setTimeout(() => this.#restart(), restartMs).unref()
  }

  #restart(): void {
    if (this.#closing) return
    try {
      this.#listener.onRestart()
    } catch {
      // The file cannot be read either; perhaps it can in a moment.
      setTimeout(() => this.#restart(), restartMs).unref()
      return
    }
    this.#ended = undefined
    this.#worker = this.#start()
  }

  /** Why nothing can be written now; undefined while it can. */
  get ended(): StorageError | undefined {
    return this.#ended
  }

  /** Resolves with the revision taken, or 0 when the comparison failed. */
  write(write: Write): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended)
        return
      }
      this.#waiting.push({ write, resolve, reject })
      if (this.#scheduled) return
      this.#scheduled = true
      // Everything written in this turn goes together.
      setImmediate(() => {
        this.#scheduled = false
        this.#flush()
      })
    })
  }

  compact(revision: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended)
        return
      }
      this.#compactions.push({ resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage({ type: 'compact', revision } satisfies WriterRequest)
    })
  }

  /** Lets what was written finish, then ends the thread. */
  async close(): Promise<void> {
    this.#closing = true
    if (this.#ended !== undefined) return
    this.#flush()
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#worker.ref()
    this.#worker.postMessage({ type: 'close' } satisfies WriterRequest)
    await exited
  }

  #flush(): void {
    while (this.#waiting.length > 0) {
      let count = 0
      let bytes = 0
      for (const { write } of this.#waiting) {
        bytes += write.value?.byteLength ?? 0
        if (count > 0 && (count >= batchCount || bytes > batchBytes)) break
        count += 1
      }
      const batch = this.#waiting.splice(0, count)
      this.#underWay.push(batch)
      const message = pack(batch.map(({ write }) => write))
      this.#worker.ref()
      this.#worker.postMessage(message, [message.values.buffer as ArrayBuffer])
    }
  }

  /** The thread keeps the process alive only while somebody waits for it. */
  #release(): void {
    if (this.#underWay.length === 0 && this.#compactions.length === 0) this.#worker.unref()
  }

  #receive(reply: WriterReply): void {
    if (reply.type === 'compacted') {
      const compacting = this.#compactions.shift()
      this.#release()
      if (reply.failure === undefined) compacting?.resolve()
      else compacting?.reject(asStorageError(reply.failure, this.#path))
      return
    }
    const batch = this.#underWay.splice(0, reply.batches).flat()
    this.#release()
    if (reply.type === 'failed') {
      const err = asStorageError(reply.failure, this.#path)
      for (const { reject } of batch) reject(err)
    } else {
      this.#settle(batch, reply.revisions)
    }
  }

  #settle(batch: readonly Pending[], revisions: Float64Array): void {
    const written = batch.map(({ write }, at) => ({
      write,
      revision: revisions[2 * at] ?? 0,
      createRevision: revisions[2 * at + 1] ?? 0,
    }))
    this.#listener.onWritten(written)
    for (const [at, { resolve }] of batch.entries()) resolve(revisions[2 * at] ?? 0)
  }

  /** A batch that was under way may or may not be in the file. */
  #end(err: StorageError): void {
    this.#ended ??= err
    const unknown = new StorageError('Unknown', `the writer of ${this.#path} ended`, { cause: err })
    for (const { reject } of this.#underWay.flat()) reject(unknown)
    for (const { reject } of [...this.#waiting, ...this.#compactions]) reject(err)
    this.#underWay = []
    this.#waiting = []
    this.#compactions = []
  }
}

function pack(writes: readonly Write[]): WriteBatch {
  const total = writes.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0)
  const values = new Uint8Array(total)
  let offset = 0
  for (const { value } of writes) {
    if (value === undefined) continue
    values.set(value, offset)
    offset += value.byteLength
  }
  return {
    type: 'write',
    keys: writes.map(({ key }) => key),
    expected: Float64Array.from(writes, ({ expected }) => expected),
    lengths: Int32Array.from(writes, ({ value }) => value?.byteLength ?? -1),
    values,
  }
}
