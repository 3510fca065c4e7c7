import { expect, test } from 'vitest'
import { federationDescriptions } from './federation-descriptions.ts'
import federation from './federation.json' with { type: 'json' }

test('every kind and field of the federation is described, and nothing else', () => {
  const fields = Object.entries(federation.definitions).map(
    ([name, { properties }]) => [name, Object.keys(properties).sort()] as const,
  )
  const described = Object.entries(federationDescriptions).map(
    ([name, text]) => [name, Object.keys(text.fields ?? {}).sort()] as const,
  )
  expect(Object.fromEntries(described)).toEqual(Object.fromEntries(fields))
  for (const { description } of Object.values(federationDescriptions))
    expect(description).toMatch(/\.$/)
})
