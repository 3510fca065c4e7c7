import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Answer, Request } from '../area.ts'

export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
export const merge = { 'content-type': 'application/merge-patch+json' }
const applied = { 'content-type': 'application/apply-patch+yaml' }
export const table = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }

/** A definition, and requests about its objects once it is established. */
export interface Story {
  readonly name: string
  /** What is compared of an answer; status, headers of interest and body when absent. */
  readonly compared?: (answer: Answer) => unknown
  readonly definition: (group: string) => JsonObject
  /** `widgets` is the collection's path in version v1. */
  readonly steps: (widgets: string, group: string) => readonly Request[]
}

export const spec = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  properties: { spec: { type: 'object', properties, ...more } },
})

export const widget = (group: string, name: string, fields: JsonObject, more: JsonObject = {}) => ({
  apiVersion: `${group}/v1`,
  kind: 'Widget',
  metadata: { name },
  ...(Object.keys(fields).length === 0 ? {} : { spec: fields }),
  ...more,
})

export const post = (path: string, body: unknown, query: Request['query'] = {}): Request => ({
  method: 'POST',
  path,
  query,
  body,
})
export const patch = (path: string, body: unknown): Request => ({
  method: 'PATCH',
  path,
  headers: merge,
  body,
})
export const apply = (
  path: string,
  fieldManager: string,
  body: unknown,
  force = false,
): Request => ({
  method: 'PATCH',
  path,
  headers: applied,
  query: { fieldManager, ...(force ? { force } : {}) },
  body,
})
