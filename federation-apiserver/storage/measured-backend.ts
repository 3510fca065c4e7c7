import type { Backend, RangeOptions } from './backend.ts'

export type BackendOperation = 'get' | 'list' | 'create' | 'update' | 'delete'

/** `key` is what was asked for, or the prefix of it. */
export type ObserveBackend = (
  operation: BackendOperation,
  key: string,
  outcome: { readonly seconds: number; readonly failed: boolean },
) => void

/** A backend whose calls are told to `observe` when they end; watches are not calls. The one within is disposed of by who opened it. */
export class MeasuredBackend implements Backend {
  readonly #backend: Backend
  readonly #observe: ObserveBackend

  constructor(backend: Backend, observe: ObserveBackend) {
    this.#backend = backend
    this.#observe = observe
  }

  get(key: string, signal?: AbortSignal) {
    return this.#measured('get', key, this.#backend.get(key, signal))
  }

  range(prefix: string, options?: RangeOptions) {
    return this.#measured('list', prefix, this.#backend.range(prefix, options))
  }

  putIf(key: string, value: Uint8Array, expected: number) {
    const operation = expected === 0 ? 'create' : 'update'
    return this.#measured(operation, key, this.#backend.putIf(key, value, expected))
  }

  deleteIf(key: string, expected: number) {
    return this.#measured('delete', key, this.#backend.deleteIf(key, expected))
  }

  watchSince(prefix: string, revision: number, signal: AbortSignal) {
    return this.#backend.watchSince(prefix, revision, signal)
  }

  compact(revision: number) {
    return this.#backend.compact(revision)
  }

  currentRevision(signal?: AbortSignal) {
    return this.#backend.currentRevision(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #measured<T>(operation: BackendOperation, key: string, call: Promise<T>): Promise<T> {
    const began = performance.now()
    const tell = (failed: boolean): void =>
      this.#observe(operation, key, { seconds: (performance.now() - began) / 1000, failed })
    return call.then(
      (result) => {
        tell(false)
        return result
      },
      (err: unknown) => {
        tell(true)
        throw err
      },
    )
  }
}
