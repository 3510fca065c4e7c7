import { expect, test } from 'vitest'
import type { Answer, Area, Request } from './area.ts'
import { askAgain, runArea } from './run-area.ts'
import type { Side, Sides } from './sides.ts'

const sideWith = (body: (path: string) => unknown): Side => {
  const send = async ({ method, path }: Request): Promise<Answer> => ({
    status: 200,
    headers: {},
    body: method === 'POST' ? {} : body(path),
  })
  return { name: 'real', url: '', kubeconfig: '', http: { send } } as unknown as Side
}

const area: Area = {
  name: 'made-up',
  cases: () => [
    { name: 'alike', steps: [{ path: '/alike' }] },
    { name: 'late once', steps: [{ path: '/late' }, { path: '/alike' }] },
    { name: 'other', steps: [{ path: '/other' }] },
  ],
}

test('a case that differed once is asked again; one that differs each time stays different', async () => {
  let late = true
  const real = sideWith((path) => {
    if (path !== '/late' || !late) return { path }
    late = false
    return { path: 'not yet' }
  })
  const ours = sideWith((path) => (path === '/other' ? { path: 'ours' } : { path }))
  const sides = { real, ours } as unknown as Sides

  const different = (results: Awaited<ReturnType<typeof runArea>>): string[] =>
    results.filter((r) => r.differences.length > 0).map((r) => r.case)
  const first = await runArea(area, { sides, folder: '', pattern: undefined })
  const second = await askAgain(area, first, { sides })
  expect(different(first)).toEqual(['late once', 'other'])
  expect(different(second)).toEqual(['other'])
  expect(second.map((r) => `${r.case} ${r.step}`)).toEqual(first.map((r) => `${r.case} ${r.step}`))
})
