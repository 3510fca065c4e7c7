import type { JsonSchema } from '../json-schema.ts'

const token = /\.([^.[\]']+)|\['((?:[^'\\]|\\.)*)'\]/y

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1')

/**
 * The fieldPath of a rule, `.spec.x` or `.labels['a.b']`, as the path of an error, without the first dot. Undefined when it leads to nothing that the
 * schema has.
 */
export function fieldPathOf(schema: JsonSchema, path: string): string | undefined {
  let at: JsonSchema = schema
  let found = ''
  token.lastIndex = 0
  while (token.lastIndex < path.length) {
    const [, plain, quoted] = token.exec(path) ?? []
    const name = plain ?? (quoted === undefined ? undefined : unescaped(quoted))
    if (name === undefined) return undefined
    const { properties, additionalProperties } = at
    if (properties !== undefined) {
      const next = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (next === undefined) return undefined
      found += found === '' ? name : `.${name}`
      at = next
    } else if (typeof additionalProperties === 'object') {
      found += `[${name}]`
      at = additionalProperties
    } else return undefined
  }
  return found
}
