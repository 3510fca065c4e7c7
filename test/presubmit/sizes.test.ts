import { describe, expect, test } from 'vitest'
import { isTest, readSource, repositoryFiles } from './source-files.ts'

const generated = (f: string): boolean => f.startsWith('apimachinery/schema/')
const lines = (f: string): number => readSource(f).trimEnd().split('\n').length
const tooLong = (files: string[], limit: number): string[] =>
  files.filter((f) => lines(f) > limit).map((f) => `${f}: ${lines(f)} lines, at most ${limit}`)

describe('names and sizes', () => {
  const files = repositoryFiles('.ts').filter((f) => !generated(f))

  test('source files have at most 350 lines, test files 600', () => {
    expect(
      tooLong(
        files.filter((f) => !isTest(f)),
        350,
      ),
    ).toEqual([])
    expect(tooLong(files.filter(isTest), 600)).toEqual([])
  })

  test('file names are kebab-case', () => {
    const wrong = files.filter(
      (f) => !/^[a-z0-9-]+(\.test|\.config)?\.ts$/.test(f.split('/').at(-1) ?? ''),
    )
    expect(wrong).toEqual([])
  })
})
