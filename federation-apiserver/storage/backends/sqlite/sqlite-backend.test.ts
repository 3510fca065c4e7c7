import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { backendSuite } from '../../testing/backend-suite.ts'
import { SqliteBackend } from './sqlite-backend.ts'

const folder = mkdtempSync(join(tmpdir(), 'kubefed-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
backendSuite('sqlite', async () => SqliteBackend.open(join(folder, `${(files += 1)}`, 'state.db')))
