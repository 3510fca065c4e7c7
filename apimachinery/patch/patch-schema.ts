import type { Definition, Definitions } from '../scheme/definition.ts'

/** A place in the schema; undefined where nothing is known. */
export interface PatchSchema {
  readonly definitions: Definitions
  readonly node: Definition | undefined
  /** Of the struct as Go calls it, '' where it has no name. */
  readonly goName: string
}

const prefix = '#/definitions/'

function follow(definitions: Definitions, node: Definition | undefined): Definition | undefined {
  let current = node
  while (current?.$ref !== undefined) current = definitions[current.$ref.slice(prefix.length)]
  return current
}

const goNameOf = (name = ''): string => name.slice(name.lastIndexOf('.') + 1)

export const schemaOf = (definitions: Definitions, name: string): PatchSchema => ({
  definitions,
  node: definitions[name],
  goName: goNameOf(name),
})

/** How a field is patched, and the schema of its value (for a list, of its items). */
export interface FieldPatchRules {
  readonly isMerge: boolean
  readonly isReplace: boolean
  /** Absent for lists of plain values. */
  readonly mergeKey: string | undefined
  readonly value: PatchSchema
}

/** The rules of a field by its own node, not by the type it refers to. Unknown fields have none: lists are replaced, maps merged. */
export function rulesOf({ definitions, node }: PatchSchema, field: string): FieldPatchRules {
  const parent = follow(definitions, node)
  const own = parent?.properties
  const raw =
    own !== undefined && Object.hasOwn(own, field) ? own[field] : parent?.additionalProperties
  const strategies = raw?.['x-kubernetes-patch-strategy']?.split(',') ?? []
  const value = follow(definitions, raw)
  const below = value?.type === 'array' ? value.items : value
  return {
    isMerge: strategies.includes('merge'),
    isReplace: strategies.includes('replace'),
    mergeKey: raw?.['x-kubernetes-patch-merge-key'],
    value: { definitions, node: below, goName: goNameOf(below?.$ref ?? raw?.$ref) },
  }
}

/** False when the schema knows the object and the object has no such field. */
export function hasField({ definitions, node }: PatchSchema, field: string): boolean {
  const parent = follow(definitions, node)
  if (parent?.properties === undefined) return true
  return Object.hasOwn(parent.properties, field)
}
