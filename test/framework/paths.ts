import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

/** A new empty folder; the caller removes it. */
export const temporaryFolder = (name: string): string =>
  mkdtempSync(join(tmpdir(), `kubefed-${name}-`))
