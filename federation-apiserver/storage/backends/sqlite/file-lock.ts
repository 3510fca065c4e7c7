import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StorageError } from '../../errors.ts'

const sqliteBusy = 5

/**
 * Makes this process the only user of a storage file. The lock is SQLite's on an empty file beside it: the system releases it when the
 * process ends, however it ends. A second file tells others who holds it.
 */
export class FileLock implements Disposable {
  readonly #lock: DatabaseSync
  readonly #pidFile: string

  /** Throws Locked, with the holder's process id and the way out. */
  constructor(path: string) {
    this.#pidFile = `${path}.pid`
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    try {
      this.#lock = new DatabaseSync(`${path}.lock`)
    } catch (err) {
      throw this.#refusal(path, err)
    }
    try {
      this.#lock.exec('BEGIN EXCLUSIVE')
    } catch (err) {
      this.#lock.close()
      throw this.#refusal(path, err)
    }
    writeFileSync(this.#pidFile, `${process.pid}\n`, { mode: 0o600 })
  }

  [Symbol.dispose](): void {
    rmSync(this.#pidFile, { force: true })
    this.#lock.close()
  }

  #refusal(path: string, err: unknown): StorageError {
    const busy = ((err as { errcode?: number }).errcode ?? 0) === sqliteBusy
    if (!busy) {
      const { message } = err as Error
      return new StorageError('Unavailable', `cannot lock ${path}: ${message}`, { cause: err })
    }
    return new StorageError(
      'Locked',
      `another process (pid ${this.#holder()}) is using ${dirname(path)}; stop it or pass another --data-dir`,
    )
  }

  #holder(): string {
    try {
      return readFileSync(this.#pidFile, 'utf8').trim()
    } catch {
      return 'unknown'
    }
  }
}
