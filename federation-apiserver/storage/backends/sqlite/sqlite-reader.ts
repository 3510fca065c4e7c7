import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { BackendEvent, KeyValue, RangeOptions, RangeResult } from '../../backend.ts'
import { compareKeys, prefixEnd } from '../../keys.ts'

type Row = [key: string, revision: number, createRevision: number, value: Uint8Array]
type LogRow = [revision: number, key: string, createRevision: number, value: Uint8Array | null]

const toBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const toKeyValue = ([key, modRevision, createRevision, value]: Row): KeyValue => ({
  key,
  value: toBuffer(value),
  modRevision,
  createRevision,
})

/** Behind every key. */
const noEnd = '\u{10ffff}\u{10ffff}'
const head = '(SELECT max(coalesce((SELECT max(rev) FROM log), 0), compacted) FROM store)'
const within = 'key >= ?1 AND key < ?2 AND key > ?3'

/** Reads over one connection. Each call sees one state of the database: everything committed, acknowledged or not. */
export class SqliteReader {
  readonly #db: DatabaseSync
  readonly #head: StatementSync
  readonly #get: StatementSync
  readonly #range: StatementSync
  readonly #at: StatementSync
  readonly #events: StatementSync
  readonly #changes: StatementSync
  readonly #index: StatementSync

  constructor(db: DatabaseSync) {
    this.#db = db
    const prepare = (sql: string): StatementSync => {
      const statement = db.prepare(sql)
      statement.setReturnArrays(true)
      return statement
    }
    this.#head = prepare(`SELECT ${head}, compacted FROM store`)
    this.#get = prepare(
      `SELECT ${head}, c.rev, c.create_rev, l.value FROM store LEFT JOIN current c ON c.key = ? LEFT JOIN log l ON l.rev = c.rev`,
    )
    this.#range = prepare(
      `SELECT c.key, c.rev, c.create_rev, l.value FROM current c JOIN log l ON l.rev = c.rev WHERE c.key >= ?1 AND c.key < ?2 AND c.key > ?3 ORDER BY c.key LIMIT ?4`,
    )
    this.#at = prepare('SELECT key, rev, create_rev, value FROM log WHERE rev = ?')
    this.#events = prepare(
      'SELECT rev, key, create_rev, value FROM log WHERE rev > ? AND rev <= ? ORDER BY rev LIMIT ?',
    )
    this.#changes = prepare(
      `SELECT key, prev_rev FROM log WHERE ${within} AND rev > ?4 ORDER BY rev`,
    )
    this.#index = prepare(`SELECT key, rev FROM current WHERE ${within} ORDER BY key`)
  }

  head(): { revision: number; compacted: number } {
    const [revision, compacted] = this.#head.get() as unknown as [number, number]
    return { revision, compacted }
  }

  get(key: string): { kv: KeyValue | undefined; revision: number } {
    const [revision, modRevision, createRevision, value] = this.#get.get(key) as unknown as [
      number,
      number | null,
      number,
      Uint8Array,
    ]
    if (modRevision === null) return { kv: undefined, revision }
    return { kv: toKeyValue([key, modRevision, createRevision, value]), revision }
  }

  /** The state of a key that a write at this revision left; undefined when it is gone. */
  at(revision: number): KeyValue | undefined {
    const row = this.#at.get(revision) as unknown as Row | undefined
    return row && toKeyValue(row)
  }

  /** A range now, or as it was; the caller has checked that the revision may be read. */
  range(prefix: string, options: RangeOptions): RangeResult {
    this.#db.exec('BEGIN')
    try {
      const { revision: now } = this.head()
      const revision = options.revision ?? now
      const kvs =
        revision >= now ? this.#latest(prefix, options) : this.#past(prefix, options, revision)
      const { limit = Infinity } = options
      return { kvs: kvs.slice(0, limit), revision, more: kvs.length > limit }
    } finally {
      this.#db.exec('COMMIT')
    }
  }

  /** Every event in (after, upTo], at most `limit` of them. */
  events(after: number, upTo: number, limit: number): BackendEvent[] {
    const rows = this.#events.all(after, upTo, limit) as unknown as LogRow[]
    return rows.map(([revision, key, createRevision, value]) =>
      value === null
        ? { type: 'DELETE', key, revision }
        : { type: 'PUT', key, revision, value: toBuffer(value), createRevision },
    )
  }

  close(): void {
    this.#db.close()
  }

  /** One more than the limit, to know whether there is more. */
  #latest(prefix: string, { after = '', limit }: RangeOptions): KeyValue[] {
    const end = prefixEnd(prefix) ?? noEnd
    const rows = this.#range.all(prefix, end, after, limit === undefined ? -1 : limit + 1)
    return (rows as unknown as Row[]).map(toKeyValue)
  }

  /** The index as it is, with what the first later write of each key replaced put back. */
  #past(
    prefix: string,
    { after = '', limit = Infinity }: RangeOptions,
    revision: number,
  ): KeyValue[] {
    const end = prefixEnd(prefix) ?? noEnd
    const before = new Map<string, number>()
    for (const row of this.#changes.iterate(prefix, end, after, revision)) {
      const [key, previous] = row as unknown as [string, number]
      if (!before.has(key)) before.set(key, previous)
    }
    const restored = [...before].filter(([, previous]) => previous > 0)
    restored.sort(([a], [b]) => compareKeys(b, a))
    const revisions: number[] = []
    const restoreUntil = (key: string | undefined): void => {
      for (let next = restored.at(-1); next !== undefined; next = restored.at(-1)) {
        if (key !== undefined && compareKeys(next[0], key) > 0) return
        revisions.push(next[1])
        restored.pop()
      }
    }
    for (const row of this.#index.iterate(prefix, end, after)) {
      const [key, current] = row as unknown as [string, number]
      restoreUntil(key)
      if (!before.has(key)) revisions.push(current)
      if (revisions.length > limit) break
    }
    restoreUntil(undefined)
    return revisions
      .slice(0, limit + 1)
      .map((at) => this.at(at))
      .filter((kv) => kv !== undefined)
  }
}
