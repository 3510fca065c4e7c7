import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { makeDataDir } from './data-dir.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'data-dir-'))
  writeFileSync(join(folder, 'file'), '')
  symlinkSync('circle', join(folder, 'circle'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a folder is made with its parents, for its owner alone, and is taken as it is the next time', async () => {
  const path = join(folder, 'a', 'b')
  await makeDataDir(path)
  expect(statSync(path).mode & 0o777).toBe(0o700)
  await makeDataDir(path)
})

test.each([
  ['file', 'a file is in the way'],
  ['file/below', 'a file is in the way'],
  ['circle', 'its links lead in a circle'],
  ['n'.repeat(300), 'the name is too long'],
  ['deep/'.repeat(900), 'the name is too long'],
])('%s is refused', async (name, why) => {
  const path = join(folder, name)
  const message = `--data-dir=${path}: the folder cannot be used (${why}); choose another`
  await expect(makeDataDir(path)).rejects.toThrow(new UsageError(message))
})

test('a file system that takes no folders is refused', async () => {
  await expect(makeDataDir('/proc/federation/data')).rejects.toThrow('takes no folders')
})
