import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openEncryption } from './encryption.ts'

const folder = mkdtempSync(join(tmpdir(), 'kubefed-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))
const prefixes = ['/registry/core/secrets/']
const key = '/registry/core/secrets/default/password'
const plain = Buffer.from('{"metadata":{"name":"password"},"data":{"p":"aHVudGVyMg=="}}')

describe('encryption at rest', () => {
  test('makes a key file for its owner only, and finds it again', async () => {
    const keyFile = join(folder, 'new', 'keys')
    const sealed = (await openEncryption({ keyFile, prefixes })).seal(key, plain)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(sealed.includes('hunter')).toBe(false)
    expect(sealed.includes('metadata')).toBe(false)
    expect((await openEncryption({ keyFile, prefixes })).open(key, sealed)).toEqual(plain)
  })

  test('two who make the file at once agree on one key', async () => {
    const keyFile = join(folder, 'race')
    const both = await Promise.all([1, 2, 3, 4].map(() => openEncryption({ keyFile, prefixes })))
    const sealed = both[0]?.seal(key, plain) ?? plain
    for (const one of both) expect(one.open(key, sealed)).toEqual(plain)
  })

  test('the same value is never sealed alike twice', async () => {
    const encryption = await openEncryption({ keyFile: join(folder, 'keys'), prefixes })
    expect(encryption.seal(key, plain)).not.toEqual(encryption.seal(key, plain))
  })

  test('refuses a value that was altered or moved to another key', async () => {
    const encryption = await openEncryption({ keyFile: join(folder, 'keys'), prefixes })
    const sealed = encryption.seal(key, plain)
    const corrupt = expect.objectContaining({ code: 'Corrupt' })
    expect(() => encryption.open(`${key}2`, sealed)).toThrow(corrupt)
    for (const at of [30, 45, sealed.length - 1]) {
      const altered = Buffer.from(sealed)
      altered[at] = (altered[at] ?? 0) ^ 1
      expect(() => encryption.open(key, altered)).toThrow(corrupt)
    }
  })

  test('a value that is not sealed is left alone; only the prefixes are covered', async () => {
    const encryption = await openEncryption({ keyFile: join(folder, 'keys'), prefixes })
    expect(encryption.open(key, plain)).toBeUndefined()
    expect(encryption.covers(key)).toBe(true)
    expect(encryption.covers('/registry/core/configmaps/default/x')).toBe(false)
  })

  test('a new first line seals, older keys still open; a lost key is named', async () => {
    const keyFile = join(folder, 'rotated')
    const old = await openEncryption({ keyFile, prefixes })
    const sealed = old.seal(key, plain)
    const oldLine = readFileSync(keyFile, 'utf8')
    const newLine = `${Buffer.alloc(32, 7).toString('base64')}\n`
    writeFileSync(keyFile, newLine + oldLine)
    const rotated = await openEncryption({ keyFile, prefixes })
    expect(rotated.open(key, sealed)).toEqual(plain)
    expect(() => old.open(key, rotated.seal(key, plain))).toThrow(/not in .*rotated/)
  })

  test.each(['', '\n', 'not a key', Buffer.alloc(16).toString('base64')])(
    'a key file that holds %j is refused by name',
    async (text) => {
      const keyFile = join(folder, 'bad')
      writeFileSync(keyFile, text)
      await expect(openEncryption({ keyFile, prefixes })).rejects.toMatchObject({
        code: 'Corrupt',
        message: expect.stringContaining(keyFile) as string,
      })
    },
  )
})
