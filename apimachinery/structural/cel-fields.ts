import type { ASTNode } from '@marcbachmann/cel-js'
import { escapeField } from './cel-values.ts'
import { isEmbedded, type JsonSchema, keepsUnknown } from './json-schema.ts'

export const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value

/** Names in scope, as far as their types are known. */
type Scope = ReadonlyMap<string, JsonSchema>

const string: JsonSchema = { type: 'string' }

/** What rules see of every resource. */
const resourceFields: Readonly<Record<string, JsonSchema>> = {
  apiVersion: string,
  kind: string,
  metadata: { type: 'object', properties: { name: string, generateName: string } },
}

const withTypeFields = (schema: JsonSchema): JsonSchema => ({
  ...schema,
  properties: { ...schema.properties, ...resourceFields },
})

/**
 * The first field that an expression asks of what the schema describes, and that the schema does not have; undefined when there is none. What cannot be followed
 * (values of unknown type) is not judged.
 */
export function undefinedField(
  ast: ASTNode,
  { schema, isResource, oldSelf }: { schema: JsonSchema; isResource: boolean; oldSelf: boolean },
): string | undefined {
  const self = isResource ? withTypeFields(schema) : schema
  const scope = new Map([['self', self], ...(oldSelf ? [['oldSelf', self] as const] : [])])
  const found: string[] = []
  follow(ast, scope, found)
  return found[0]
}

/** The schema of a node's value; looks at everything below it on the way. */
function follow(node: unknown, scope: Scope, found: string[]): JsonSchema | undefined {
  if (Array.isArray(node)) {
    for (const one of node) follow(one, scope, found)
    return undefined
  }
  if (!isNode(node)) return undefined
  if (node.op === 'id') return scope.get(node.args)
  if (node.op === '.' || node.op === '.?') {
    const [inner, field] = node.args
    const of = follow(inner, scope, found)
    return of && fieldOf(of, field, found)
  }
  if (node.op === '[]' || node.op === '[?]') {
    const [inner, index] = node.args
    follow(index, scope, found)
    return elementOf(follow(inner, scope, found))
  }
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args
    const of = follow(receiver, scope, found)
    follow(args, macroScope(name, { of, args }, scope), found)
    return undefined
  }
  follow(node.args, scope, found)
  return undefined
}

function elementOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  if (schema?.items !== undefined) return schema.items
  const { additionalProperties } = schema ?? {}
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

function fieldOf(given: JsonSchema, name: string, found: string[]): JsonSchema | undefined {
  const schema = isEmbedded(given) ? withTypeFields(given) : given
  if (schema.properties === undefined) return elementOf(schema)
  const field = Object.keys(schema.properties).find((one) => escapeField(one) === name)
  if (field !== undefined) return schema.properties[field]
  if (!keepsUnknown(schema) && schema.additionalProperties === undefined) found.push(name)
  return undefined
}

const macros: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

/** A macro's variable is an item of its list; of a map a key, which has no fields. */
function macroScope(
  name: string,
  { of, args }: { of: JsonSchema | undefined; args: readonly ASTNode[] },
  scope: Scope,
): Scope {
  const [variable] = args
  if (!macros.has(name) || variable?.op !== 'id') return scope
  const inner = new Map(scope)
  inner.delete(variable.args)
  if (of?.items !== undefined) inner.set(variable.args, of.items)
  return inner
}
