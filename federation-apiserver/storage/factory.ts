import type { Backend } from './backend.ts'
import { MemoryBackend } from './backends/memory/memory-backend.ts'

export type BackendOptions = { readonly type: 'memory' }

export async function openBackend(options: BackendOptions): Promise<Backend> {
  switch (options.type) {
    case 'memory':
      return new MemoryBackend()
  }
}
