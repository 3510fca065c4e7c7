import type { Backend } from './backend.ts'
import { MemoryBackend } from './backends/memory/memory-backend.ts'

export type BackendOptions =
  | { readonly type: 'memory' }
  | {
      readonly type: 'sqlite'
      /** The file; its folder is created when absent. */
      readonly path: string
    }

/** Throws StorageError Locked, Corrupt or Unavailable with a message for the user. Only the backend that is asked for is loaded. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  switch (options.type) {
    case 'memory':
      return new MemoryBackend()
    case 'sqlite': {
      const { SqliteBackend } = await import('./backends/sqlite/sqlite-backend.ts')
      return SqliteBackend.open(options.path)
    }
  }
}
