import type { JsonObject } from '../meta/object-meta.ts'
import { explainJsonSyntax } from './json-syntax.ts'

/** Deeper bodies are refused: no API object needs it, and walks over the value recurse. */
const maxDepth = 1000

/** A decoded text and the paths of keys that it gives twice (`spec.replicas`, `items[0].name`); the last one wins. */
export interface Parsed {
  value: unknown
  duplicates: string[]
}

/** A text that is no JSON or YAML; the message is worded as Go's decoders do. */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem'
}

/** An escape of one half of a pair, as of those that have no other half: they become U+FFFD, as in Go's decoder. */
const halfPair = /\\u[dD][89a-fA-F]/

const wellFormed = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed() : value

/** Parses JSON. Integers beyond 2^53 lose precision here; typed int64 fields that large are refused by checkFields. */
export function parseJson(text: string): Parsed {
  let value: unknown
  try {
    value = halfPair.test(text) ? JSON.parse(text, wellFormed) : JSON.parse(text)
  } catch (err) {
    throw new SyntaxProblem(explainJsonSyntax(Buffer.from(text).toString('latin1')), { cause: err })
  }
  return { value, duplicates: fieldsIn(text) === fieldsOf(value) ? [] : duplicateFields(text) }
}

/** How many fields a text gives that is known to be JSON: as many as there are colons outside of strings. */
function fieldsIn(text: string): number {
  let fields = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22:
        i = closingQuote(text, i)
        break
      case 0x3a: // :
        fields++
        break
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > maxDepth) throw new SyntaxProblem('exceeded max depth')
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
        break
      default:
    }
  }
  return fields
}

/** How many fields there are in a value, to the bottom: fewer than in its text when one is given twice. */
function fieldsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let fields = 0
  if (Array.isArray(value)) for (const item of value) fields += fieldsOf(item)
  // What JSON.parse made has no fields but its own.
  else for (const field in value) fields += 1 + fieldsOf((value as JsonObject)[field])
  return fields
}

interface Container {
  /** Keys seen, of an object; undefined for an array. */
  keys: Set<string> | undefined
  key: string
  index: number
}

/** Paths of repeated keys in a text that is known to be JSON. */
function duplicateFields(text: string): string[] {
  const found = new Set<string>()
  const stack: Container[] = []
  let top: Container | undefined
  let expectKey = false
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: {
        const end = closingQuote(text, i)
        if (expectKey && top?.keys !== undefined) {
          top.key = keyText(text.slice(i + 1, end))
          if (top.keys.has(top.key)) found.add(pathOf(stack))
          top.keys.add(top.key)
          expectKey = false
        }
        i = end
        break
      }
      case 0x7b: // {
      case 0x5b: // [
        expectKey = text.charCodeAt(i) === 0x7b
        top = { keys: expectKey ? new Set() : undefined, key: '', index: 0 }
        stack.push(top)
        break
      case 0x7d: // }
      case 0x5d: // ]
        stack.pop()
        top = stack.at(-1)
        expectKey = false
        break
      case 0x2c: // ,
        if (top?.keys !== undefined) expectKey = true
        else if (top !== undefined) top.index++
        break
      default:
    }
  }
  return [...found]
}

const keyText = (raw: string): string => (raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw)

function closingQuote(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); ; end = text.indexOf('"', end + 1)) {
    let back = end
    while (text.charCodeAt(back - 1) === 0x5c) back--
    if ((end - back) % 2 === 0) return end
  }
}

function pathOf(stack: readonly Container[]): string {
  let path = ''
  for (const { keys, key, index } of stack) {
    if (keys === undefined) path += `[${index}]`
    else path += path === '' ? key : `.${key}`
  }
  return path
}
