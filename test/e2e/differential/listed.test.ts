import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../framework/paths.ts'
import { listedAs, listedRows } from './listed.ts'

describe('differences that docs/compatibility.md lists', () => {
  const document = readFileSync(join(root, 'docs', 'compatibility.md'), 'utf8')

  test.each(listedRows)('%s is a row', (row) => {
    expect(document).toContain(`\n| ${row}`)
  })

  const pair = { area: 'immutability', case: 'discovery.k8s.io/v1/endpointslices plain 1' }
  const generation = { at: 'body.metadata.generation', real: 2, ours: 1 }

  test('are listed where they are known', () => {
    const step = '65: endpoints[0].deprecatedTopology = {"key":"value"}'
    expect(listedAs({ ...pair, step, differences: [generation] })).toBe('Fields that are forgotten')
    expect(listedAs({ ...pair, step, differences: [] })).toBeUndefined()
  })

  test('are not listed with another beside them, or elsewhere', () => {
    const step = '65: endpoints[0].deprecatedTopology = {"key":"value"}'
    const other = { at: 'body.code', ours: 422 }
    expect(listedAs({ ...pair, step, differences: [generation, other] })).toBeUndefined()
    expect(
      listedAs({ ...pair, step: '1: no addressType', differences: [generation] }),
    ).toBeUndefined()
  })
})
