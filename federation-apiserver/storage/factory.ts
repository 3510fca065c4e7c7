import type { Backend } from './backend.ts'
import type { EtcdOptions } from './backends/etcd3/etcd-client.ts'
import { MemoryBackend } from './backends/memory/memory-backend.ts'

export type BackendOptions =
  | { readonly type: 'memory' }
  | {
      readonly type: 'sqlite'
      /** The file; its folder is created when absent. */
      readonly path: string
    }
  | ({ readonly type: 'etcd3' } & EtcdOptions)

/** Throws StorageError Locked, Corrupt or Unavailable with a message for the user. Only the backend that is asked for is loaded. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  switch (options.type) {
    case 'memory':
      return new MemoryBackend()
    case 'sqlite': {
      const { SqliteBackend } = await import('./backends/sqlite/sqlite-backend.ts')
      return SqliteBackend.open(options.path)
    }
    case 'etcd3': {
      const { Etcd3Backend } = await import('./backends/etcd3/etcd3-backend.ts')
      return Etcd3Backend.open(options)
    }
  }
}
