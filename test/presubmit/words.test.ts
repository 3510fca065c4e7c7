import { expect, test } from 'vitest'
import { readSource, repositoryFiles } from './source-files.ts'

/** What belongs to one machine and not to the project. (Written so that this file has none of it.) */
const refused: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a path of one machine', /(?<![\w.$}-])\/(?:work|root|home\/[a-z]\w*|Users\/[A-Z]\w*)\/[\w.-]/],
  ['the host of a package registry', /https?:\/\/[\w.-]*(?:registry|artifactory|nexus)[\w.-]*/],
  ['credentials', /(?:_authToken|BEGIN (?:RSA |EC )?PRIVATE KEY-----\n[A-Za-z0-9+/]{40})/],
]

const isText = (file: string): boolean => !/\.(png|ico|gz|zip|bin)$/.test(file)

test.each(refused)('%s is in no file', (_, pattern) => {
  const found = repositoryFiles()
    .filter((file) => isText(file) && file !== 'test/presubmit/words.test.ts')
    .flatMap((file) => {
      const match = pattern.exec(readSource(file))
      return match === null ? [] : [`${file}: ${match[0]}`]
    })
  expect(found).toEqual([])
})

test('the lock file names no host', () => {
  expect(readSource('package-lock.json')).not.toContain('"resolved"')
})

test.each([
  ['cd /' + 'work/main', 0],
  ['"/' + 'root/.cache"', 0],
  ['see https://' + 'registry.example.test/x', 1],
])('%s would be found', (text, index) => {
  expect(text).toMatch(refused[index]?.[1] ?? /^$/)
})
