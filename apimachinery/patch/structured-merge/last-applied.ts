import type { ApiObject, JsonObject } from '../../meta/object-meta.ts'
import { isObject, sortedJson } from '../json-value.ts'
import { compare } from './compare.ts'
import { FieldSet } from './field-set.ts'
import type { MergeType } from './merge-type.ts'
import { toFieldSet } from './to-field-set.ts'
import { validateTyped } from './validate-typed.ts'

/** Where client-side apply keeps what it applied. */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
const maxAnnotationBytes = 256 * 1024

/** The name under which kubectl applies; objects of its client-side apply are taken over, and its annotation kept up to date, for nobody else. */
export const kubectl = 'kubectl'

const lastAppliedOf = (object: Readonly<ApiObject>): string =>
  object.metadata.annotations?.[annotation] ?? ''

/** The fields that client-side apply wrote and that are still as it wrote them. */
export function fieldsOfLastApplied(type: MergeType, live: Readonly<ApiObject>): FieldSet {
  const config = parse(lastAppliedOf(live))
  if (config?.['apiVersion'] !== live.apiVersion) return new FieldSet()
  if (validateTyped(type, config).length > 0) return new FieldSet()
  const { added, modified, removed } = compare(type, config, live)
  return toFieldSet(type, config).difference(modified).difference(added).difference(removed)
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Writes a configuration into the annotation of an object that has one; one that is too large goes. */
export function updateLastApplied(object: ApiObject, config: Readonly<JsonObject>): void {
  const { annotations } = object.metadata
  if (annotations === undefined || lastAppliedOf(object) === '') return
  const metadata = { ...(config['metadata'] as JsonObject) }
  if (isObject(metadata['annotations'])) {
    const { [annotation]: _own, ...others } = metadata['annotations']
    metadata['annotations'] = others
  }
  annotations[annotation] = `${sortedJson({ ...config, metadata })}\n`
  const bytes = Object.entries(annotations)
    .flat()
    .reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (bytes > maxAnnotationBytes) delete annotations[annotation]
}
