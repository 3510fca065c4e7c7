import { backendSuite } from '../../testing/backend-suite.ts'
import { MemoryBackend } from './memory-backend.ts'

backendSuite('memory', async () => new MemoryBackend())
