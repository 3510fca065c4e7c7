import { newBadRequest, newRequestEntityTooLarge, newStatusError } from '../errors/status-error.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { clone, getField, isEqual, isObject, jsonTypeOf, setField } from './json-value.ts'

const mostOperations = 10_000
/** Characters that all copy operations of a patch may add: each can double what is there. As in Kubernetes. */
const mostCopied = 3 * 1024 * 1024

const refused = (cause: string): Error =>
  newStatusError(
    {
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
      details: {},
    },
    { cause: new Error(cause) },
  )

type Container = JsonObject | unknown[]

interface Place {
  readonly container: Container
  readonly key: string
}

const isContainer = (value: unknown): value is Container => Array.isArray(value) || isObject(value)

/** RFC 6901; what stands before the first slash is ignored, as Kubernetes does. */
const tokensOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Negative indices count from the end. */
function indexOf(list: readonly unknown[], token: string, size: number): number {
  if (!/^-?\d+$/.test(token)) throw refused(`no index: ${token}`)
  const index = Number(token)
  if (index >= size || index < -size) throw refused(`index ${token} of ${list.length}`)
  return index < 0 ? index + size : index
}

function child(container: Container, token: string): unknown {
  if (isObject(container)) return getField(container, token)
  return container[indexOf(container, token, container.length)]
}

function locate(root: Container, pointer: string): Place {
  const tokens = tokensOf(pointer)
  const key = tokens.pop()
  if (key === undefined) throw refused('the whole document cannot be the place')
  let container: Container = root
  for (const token of tokens) {
    const next = child(container, token)
    if (!isContainer(next)) throw refused(`nothing at ${pointer}`)
    container = next
  }
  return { container, key }
}

/** Undefined when an object has no such field; an index that does not exist is refused. */
const read = ({ container, key }: Place): unknown => child(container, key)

function add({ container, key }: Place, value: unknown): void {
  if (isObject(container)) setField(container, key, value)
  else if (key === '-') container.push(value)
  else container.splice(indexOf(container, key, container.length + 1), 0, value)
}

/** Replacing a field that does not exist adds it, as Kubernetes does. */
function replace({ container, key }: Place, value: unknown): void {
  if (isObject(container)) setField(container, key, value)
  else container[indexOf(container, key, container.length)] = value
}

function remove({ container, key }: Place): void {
  if (isObject(container)) {
    if (!Object.hasOwn(container, key)) throw refused(`nothing to remove at ${key}`)
    delete container[key]
  } else container.splice(indexOf(container, key, container.length), 1)
}

interface Operation {
  readonly op: unknown
  readonly path: string
  readonly from: string
  readonly value: unknown
}

function operationOf(raw: unknown): Operation {
  if (!isObject(raw))
    throw newBadRequest(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(raw)} into Go value of type handlers.jsonPatchOp`,
    )
  const text = (field: string): string => {
    const value = raw[field]
    if (typeof value === 'string') return value
    if (value === undefined) return ''
    throw newBadRequest(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(value)} into Go struct field jsonPatchOp.${field} of type string`,
    )
  }
  return { op: raw['op'], path: text('path'), from: text('from'), value: raw['value'] ?? null }
}

interface Budget {
  left: number
}

function copied(value: unknown, budget: Budget): unknown {
  const copy = value ?? null
  budget.left -= JSON.stringify(copy).length
  if (budget.left < 0) throw refused('the copy operations add too much')
  return clone(copy)
}

function apply(root: Container, operation: Operation, budget: Budget): Container {
  const { op, path, from, value } = operation
  if (path === '' && (op === 'add' || op === 'replace')) {
    if (!isContainer(value)) throw refused('a document is an object')
    return isObject(value) ? clone(value) : value.map((item) => clone(item))
  }
  if (op === 'add') add(locate(root, path), clone(value))
  else if (op === 'replace') replace(locate(root, path), clone(value))
  else if (op === 'remove') remove(locate(root, path))
  else if (op === 'test') {
    const found = path === '' ? root : read(locate(root, path))
    if (!isEqual(found ?? null, value)) throw refused(`test failed at ${path}`)
  } else if (op === 'copy') add(locate(root, path), copied(read(locate(root, from)), budget))
  else if (op === 'move') {
    const source = locate(root, from)
    const moved = read(source)
    remove(source)
    add(locate(root, path), moved)
  } else throw refused(`no such operation: ${JSON.stringify(op)}`)
  return root
}

/**
 * RFC 6902, with the differences of Kubernetes' implementation (a missing field can be replaced, equals null in a
 * test and is copied as null; negative indices). Neither argument is changed. Throws 400 for what is no patch, 413
 * for more than 10 000 operations, and 422 when too much is copied or an operation cannot be done; the reason is in the error's cause.
 */
export function applyJsonPatch(object: JsonObject, operations: unknown): JsonObject {
  if (operations === null) return clone(object)
  if (!Array.isArray(operations))
    throw newBadRequest(
      `error decoding patch: json: cannot unmarshal ${jsonTypeOf(operations)} into Go value of type []handlers.jsonPatchOp`,
    )
  if (operations.length > mostOperations)
    throw newRequestEntityTooLarge(
      `Request entity too large: The allowed maximum operations in a JSON patch is ${mostOperations}, got ${operations.length}`,
    )
  let document: Container = clone(object)
  const budget: Budget = { left: mostCopied }
  for (const operation of operations.map(operationOf)) document = apply(document, operation, budget)
  if (!isObject(document)) throw refused('the result is no object')
  return document
}
