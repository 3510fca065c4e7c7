import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Repository root; tests run with it as the working directory. */
export const root = join(import.meta.dirname, '..', '..')

/** Paths that git tracks or would track, relative to the root, with forward slashes. */
export function repositoryFiles(...extensions: string[]): string[] {
  const out = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
  const files = out
    .toString('utf8')
    .split('\n')
    .filter((f) => f !== '' && existsSync(join(root, f)))
  return files.filter((f) => extensions.length === 0 || extensions.some((e) => f.endsWith(e)))
}

export const readSource = (path: string): string => readFileSync(join(root, path), 'utf8')

export const isTest = (path: string): boolean =>
  path.endsWith('.test.ts') || path.startsWith('test/') || path.includes('/testing/')

/** Everything a file imports: static, dynamic and re-exports. */
export function importsOf(source: string): string[] {
  const found: string[] = []
  const patterns = [
    /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]/g,
    /(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
  ]
  for (const pattern of patterns) {
    for (const match of source.matchAll(pattern)) if (match[1] !== undefined) found.push(match[1])
  }
  return found
}
