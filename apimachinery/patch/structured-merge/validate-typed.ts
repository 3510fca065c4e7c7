import { formatGo, isObject } from '../json-value.ts'
import { fieldElement, formatElement } from './field-set.ts'
import { itemElement, TypedError } from './list-items.ts'
import { atomOf, type ListType, type MapType, type MergeType, type Scalar } from './merge-type.ts'

/** What is wrong with a value of a type, in structured-merge-diff's words, paths in front. Lists may not name an item twice. */
export function validateTyped(type: MergeType, value: unknown, path = ''): string[] {
  const atom = atomOf(type, value)
  if (atom.kind === 'scalar') return scalarProblems(atom.scalar, value, path)
  if (value === null || value === undefined) return []
  return atom.kind === 'map' ? fieldProblems(atom, value, path) : itemProblems(atom, value, path)
}

/** Errors of a value as one, as Go prints them. */
export const typedErrors = (problems: readonly string[]): TypedError =>
  new TypedError(
    problems.length === 1
      ? problems[0]
      : ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n'),
  )

const at = (path: string, why: string): string => (path === '' ? why : `${path}: ${why}`)

/** As Go's `%#v` prints it. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (!isObject(value)) return JSON.stringify(value)
  const fields = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${goSyntax(value[name])}`)
  return `map[string]interface {}{${fields.join(', ')}}`
}

const goTypes: Readonly<Record<string, string>> = { string: 'string', boolean: 'bool' }

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  return goTypes[typeof value] ?? 'map[string]interface {}'
}

function scalarProblems(scalar: Scalar, value: unknown, path: string): string[] {
  if (value === null || value === undefined) return []
  const type = typeof value
  switch (scalar) {
    case 'numeric':
      if (type === 'number') return []
      return [at(path, `expected numeric (int or float), got ${goTypeOf(value)}`)]
    case 'string':
      if (type === 'string') return []
      return [at(path, `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`)]
    case 'boolean':
      return type === 'boolean' ? [] : [at(path, `expected boolean, got &{${formatGo(value)}}`)]
    case 'untyped':
      if (type !== 'object') return []
      return [at(path, `expected any scalar, got &{${formatGo(value)}}`)]
  }
}

function fieldProblems(type: MapType, value: unknown, path: string): string[] {
  if (!isObject(value)) return [at(path, `expected map, got &{${formatGo(value)}}`)]
  const problems: string[] = []
  for (const [name, inner] of Object.entries(value)) {
    const place = path + formatElement(fieldElement(name))
    const field = type.field(name) ?? type.element
    if (field === undefined) {
      problems.push(at(place, 'field not declared in schema'))
      return problems
    }
    problems.push(...validateTyped(field, inner, place))
  }
  return problems
}

function itemProblems(type: ListType, value: unknown, path: string): string[] {
  if (!Array.isArray(value)) return [at(path, `expected list, got &{${formatGo(value)}}`)]
  const problems: string[] = []
  const seen = new Set<string>()
  for (const [i, item] of value.entries()) {
    let element = `i:${i}`
    if (!type.atomic) {
      try {
        element = itemElement(type, item)
      } catch (err) {
        if (!(err instanceof TypedError)) throw err
        return [...problems, at(path, `element ${i}: ${err.message}`)]
      }
      if (seen.has(element)) {
        problems.push(at(path, `duplicate entries for key ${formatElement(element)}`))
      }
      seen.add(element)
    }
    problems.push(...validateTyped(type.element, item, path + formatElement(element)))
  }
  return problems
}
