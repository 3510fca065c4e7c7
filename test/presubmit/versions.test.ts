import { expect, test } from 'vitest'
import { versionInfo } from '../../federation-apiserver/endpoints/version.ts'
import { readSource } from './source-files.ts'

const manifest = JSON.parse(readSource('package.json')) as {
  version: string
  optionalDependencies: Record<string, string>
}

test("the server's version carries the package's", () => {
  expect(versionInfo.gitVersion).toMatch(/^v1\.36\.\d+\+federation-/)
  expect(versionInfo.gitVersion.split('+federation-')[1]).toBe(manifest.version)
})

test('npm installs one Node everywhere, and it is new enough for the programs', () => {
  const versions = new Set(Object.values(manifest.optionalDependencies))
  expect(versions.size).toBe(1)
  const [[major = 0, minor = 0] = []] = [...versions].map((v) => v.split('.').map(Number))
  const wanted = /\[wantMajor, wantMinor\] = \[(\d+), (\d+)\]/.exec(
    readSource('deploy/bin/start.mjs'),
  )
  expect(major).toBe(Number(wanted?.[1]))
  expect(minor).toBeGreaterThanOrEqual(Number(wanted?.[2]))
})
