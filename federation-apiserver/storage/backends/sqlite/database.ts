import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '../../errors.ts'

const applicationId = 0x6b756266
const schemaVersion = 1

/**
 * `log` holds one row a write: `prev_rev` is the revision it replaced (0: none), `value` is NULL for a deletion. `current` is the index of what exists.
 * `store` is one row: history up to `compacted` may not be read, and up to `swept` it has been removed.
 */
const schema = `
  PRAGMA journal_mode = WAL;
  BEGIN;
  CREATE TABLE log (rev INTEGER PRIMARY KEY, key TEXT NOT NULL, create_rev INTEGER NOT NULL, prev_rev INTEGER NOT NULL, value BLOB) STRICT;
  CREATE TABLE current (key TEXT PRIMARY KEY, rev INTEGER NOT NULL, create_rev INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE store (compacted INTEGER NOT NULL, swept INTEGER NOT NULL) STRICT;
  INSERT INTO store VALUES (0, 0);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
  COMMIT;`

const sqliteCorrupt = 11
const sqliteNotADatabase = 26

const fileSize = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const wayOut = 'move it away to begin with an empty store, or restore it from a backup'

const corrupt = (path: string, reason: string, cause?: unknown): StorageError =>
  new StorageError('Corrupt', `${path} ${reason}; ${wayOut}`, { cause })

/** What an error of SQLite means: Corrupt names the file and the way out, anything else is Unavailable. */
export function asStorageError(err: unknown, path: string): StorageError {
  if (err instanceof StorageError) return err
  const { errcode = 0, message } = err as { errcode?: number; message: string }
  // The low byte is the primary result code.
  const code = errcode & 0xff
  if (code === sqliteNotADatabase) return corrupt(path, 'is not a database file', err)
  if (code === sqliteCorrupt) return corrupt(path, 'is damaged', err)
  return new StorageError('Unavailable', `${path}: ${message}`, { cause: err })
}

/** Opens the file for reading (and creates the tables when it is new); throws Corrupt for a damaged or foreign file and touches neither. */
export function openDatabase(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const fresh = fileSize(path) === 0
    if (fresh && fileSize(`${path}-wal`) > 0)
      throw corrupt(path, 'is missing, but its -wal is there')
    if (fresh) closeSync(openSync(path, 'a', 0o600))
    const db = new DatabaseSync(path)
    try {
      if (isEmpty(db)) db.exec(schema)
      mustBeOurs(db, path)
      db.exec('PRAGMA query_only = 1; PRAGMA cache_size = -2048')
      return db
    } catch (err) {
      db.close()
      throw err
    }
  } catch (err) {
    throw asStorageError(err, path)
  }
}

function isEmpty(db: DatabaseSync): boolean {
  const row = db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()
  return row?.['tables'] === 0 && pragma(db, 'application_id') === 0
}

function pragma(db: DatabaseSync, name: string): unknown {
  return db.prepare(`PRAGMA ${name}`).get()?.[name]
}

function mustBeOurs(db: DatabaseSync, path: string): void {
  if (pragma(db, 'application_id') !== applicationId) {
    throw corrupt(path, 'is a database of another program')
  }
  const version = pragma(db, 'user_version')
  if (version !== schemaVersion) {
    throw corrupt(path, `has format ${String(version)}, this program knows ${schemaVersion}`)
  }
}
