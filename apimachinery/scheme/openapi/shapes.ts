import type { JsonObject } from '../../meta/object-meta.ts'
import type { Definition, Definitions } from '../definition.ts'
import { refName } from '../field-types.ts'
import type { Descriptions } from './descriptions.ts'
import type { Operation } from './operations.ts'

/** What a document says besides what the scheme knows. */
export interface OpenapiOptions {
  /** Of the API as a whole. */
  readonly version?: string
  readonly descriptions?: Descriptions
}

/** Names of the definitions that operations use, directly or through others, in alphabetical order. */
export function reachable(definitions: Definitions, operations: readonly Operation[]): string[] {
  const seen = new Set<string>()
  const waiting = operations.flatMap((o) =>
    o.body === undefined ? [o.answer] : [o.answer, o.body],
  )
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    const definition = definitions[name]
    if (definition !== undefined) waiting.push(...refsOf(definition))
  }
  return [...seen].sort()
}

function refsOf(shape: Definition): string[] {
  return [
    ...(shape.$ref === undefined ? [] : [refName(shape.$ref)]),
    ...(shape.items === undefined ? [] : refsOf(shape.items)),
    ...(shape.additionalProperties === undefined ? [] : refsOf(shape.additionalProperties)),
    ...Object.values(shape.properties ?? {}).flatMap(refsOf),
  ]
}

/** The definition without what is no OpenAPI. Its parts are shared, not copied. */
export function withoutProtobuf(definition: Definition): JsonObject {
  const { 'x-protobuf': _, ...published } = definition
  return published
}

/** Path → what can be done there, in the order of the operations. */
export function byPath(operations: readonly Operation[]): Map<string, Operation[]> {
  const paths = new Map<string, Operation[]>()
  for (const operation of operations) {
    const known = paths.get(operation.path)
    if (known === undefined) paths.set(operation.path, [operation])
    else known.push(operation)
  }
  return paths
}

/** Names in braces of a path. */
export const pathParameters = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '')

/** `apps_v1`, `core_v1`. */
export const tagOf = (path: string): string => {
  const [, root, a = '', b = ''] = path.split('/')
  return root === 'api' ? `core_${a}` : `${a.replace(/\.k8s\.io$/, '').replaceAll('.', '_')}_${b}`
}

export const info = (version: string): JsonObject => ({ title: 'Kubernetes', version })

export const securityScheme = { type: 'apiKey', name: 'authorization', in: 'header' }
