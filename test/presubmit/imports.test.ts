import { isBuiltin } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { builtinDoors, importTable, type ImportRule, refusedFolders } from './import-table.ts'
import { importsOf, isTest, readSource, repositoryFiles } from './source-files.ts'

const sources = repositoryFiles('.ts').filter(
  (f) => !isTest(f) && importTable.some((r) => f.startsWith(r.path)),
)

const ruleFor = (file: string): ImportRule | undefined =>
  importTable.find((r) => file.startsWith(r.path))

/** The controller's own folder, for rules that forbid importing another controller. */
const ownFolder = (file: string): string => `${file.split('/').slice(0, 3).join('/')}/`

function packageName(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}

/** Why `file` may not import `specifier`, or undefined when it may. */
export function violation(file: string, specifier: string, rule: ImportRule): string | undefined {
  if (specifier.startsWith('#') || specifier.startsWith('.')) {
    const target = specifier.startsWith('#')
      ? specifier.slice(1)
      : normalize(join(dirname(file), specifier))
    const rooms = rule.rooms.map((room) =>
      room.replace('federation-controller/controllers/SELF/', ownFolder(file)),
    )
    if (!rooms.some((room) => target.startsWith(room))) return `${file} may not import ${target}`
    const crossing = target.split('/')[0] !== file.split('/')[0]
    if (
      crossing &&
      specifier.startsWith('.') &&
      /^(apimachinery|client|component-base)\//.test(target)
    )
      return `${file} must import ${target} as #${target}`
    return undefined
  }
  if (isBuiltin(specifier)) {
    const door = builtinDoors[specifier]
    if (rule.pure) return `${file} imports nothing from outside its room, not ${specifier}`
    return door === undefined || door.some((d) => file.startsWith(d))
      ? undefined
      : `${file} is no door to ${specifier}`
  }
  return rule.packages.includes(packageName(specifier))
    ? undefined
    : `${file} is no door to the package ${specifier}`
}

describe('imports', () => {
  test('the table covers every source file outside test/', () => {
    const uncovered = repositoryFiles('.ts').filter(
      (f) => !isTest(f) && ruleFor(f) === undefined && f !== 'vitest.config.ts',
    )
    expect(uncovered).toEqual([])
    expect(sources.length).toBeGreaterThan(20)
  })

  test('no file imports what its room may not', () => {
    const wrong = sources.flatMap((file) => {
      const rule = ruleFor(file)
      if (rule === undefined) return []
      return importsOf(readSource(file)).flatMap((s) => violation(file, s, rule) ?? [])
    })
    expect(wrong).toEqual([])
  })

  test.each([
    ['dns/zone/lookup.ts', '#apimachinery/meta/time.ts'],
    ['federation-controller/controllers/sync/reconciler.ts', '../status/reconciler.ts'],
    ['federation-apiserver/registry/store.ts', '../storage/backends/memory/memory-backend.ts'],
    ['client/informer.ts', 'express'],
    ['client/informer.ts', 'node:sqlite'],
    ['dns/handler.ts', 'dns2'],
    ['apimachinery/meta/names.ts', '../../client/informer.ts'],
  ])('%s importing %s is refused', (file, specifier) => {
    const rule = ruleFor(file)
    expect(rule && violation(file, specifier, rule)).toBeTypeOf('string')
  })

  test('no folder has a name that says nothing', () => {
    const refused = repositoryFiles().filter((f) =>
      f
        .split('/')
        .slice(0, -1)
        .some((p) => refusedFolders.includes(p)),
    )
    expect(refused).toEqual([])
  })

  test('nothing outside test/ imports from test/', () => {
    const wrong = sources.filter((f) =>
      importsOf(readSource(f)).some((s) => normalize(join(dirname(f), s)).startsWith('test/')),
    )
    expect(wrong).toEqual([])
  })
})
