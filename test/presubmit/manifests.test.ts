import { expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { federatedResources } from '#apimachinery/schema/federated-resources.ts'
import { deploymentPreferencesAnnotation } from '#apimachinery/schema/federation.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { parsePreferences } from '#apimachinery/planner/preferences.ts'
import { decodeBody } from '#apimachinery/scheme/decode.ts'
import { applyDefaults, checkFields, validateFields } from '#apimachinery/scheme/fields.ts'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import { readSource, repositoryFiles } from './source-files.ts'

const scheme = new Scheme()
const manifests = repositoryFiles('.yaml', '.yml')
  .filter((f) => f.startsWith('deploy/'))
  .flatMap((file) =>
    parseAllDocuments(readSource(file)).map((document, i) => ({
      at: `${file}#${i + 1}`,
      document,
    })),
  )

/** The object as the API server makes it of a body, and all that it would say about it. */
function readStrictly(bytes: Buffer): { object: ApiObject; complaints: unknown[] } {
  const decoded = decodeBody(scheme, { bytes, contentType: 'application/yaml' })
  const object = decoded.object as ApiObject
  const [group = '', version = ''] = `/${object.apiVersion ?? ''}`.split('/').slice(-2)
  const gvk = { group, version, kind: object.kind ?? '' }
  const { unknown, typeErrors } = checkFields(scheme, gvk, object)
  applyDefaults(scheme, gvk, object)
  const invalid = validateFields(scheme, gvk, object)
  return { object, complaints: [...decoded.duplicates, ...unknown, ...typeErrors, ...invalid] }
}

test.each(manifests)('$at is valid, strictly', ({ document }) => {
  expect([...document.errors, ...document.warnings]).toEqual([])
  const { object, complaints } = readStrictly(Buffer.from(document.toString()))
  expect(complaints).toEqual([])
  const kinds = Object.values(federatedResources).map(({ kind }) => kind as string)
  expect(kinds).toContain(object.kind)
  const preferences = object.metadata.annotations?.[deploymentPreferencesAnnotation]
  if (preferences !== undefined) expect(parsePreferences(preferences).problems).toEqual([])
})

test('there are samples, and a mistake in one is seen', () => {
  expect(manifests.length).toBeGreaterThan(3)
  const wrong = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replcas: 2, selector: { matchLabels: { app: 'web' } } },
  }
  const { complaints } = readStrictly(Buffer.from(stringify(wrong)))
  expect(JSON.stringify(complaints)).toContain('replcas')
  expect(complaints.length).toBeGreaterThan(1)
})
