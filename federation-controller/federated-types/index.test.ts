import { describe, expect, it } from 'vitest'
import { federatedResources, memberClusterRules } from '#apimachinery/schema/federated-resources.ts'
import { federatedTypes } from './index.ts'

describe('federatedTypes', () => {
  it('are those that members give the right to', () => {
    const names = federatedTypes.map(({ group, resource }) => `${resource}.${group}`)
    const table = Object.values(federatedResources).map((r) => `${r.resource}.${r.group}`)
    expect(names.sort()).toEqual(table.sort())
    const writable = memberClusterRules().filter(({ verbs }) => verbs.includes('create'))
    const granted = writable.flatMap(({ apiGroups = [], resources = [] }) =>
      apiGroups.flatMap((group) => resources.map((resource) => `${resource}.${group}`)),
    )
    expect(granted.sort()).toEqual(table.sort())
  })
})
