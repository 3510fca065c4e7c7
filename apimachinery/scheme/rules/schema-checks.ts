import { invalid, notSupported, required, type FieldError } from '../../errors/field-error.ts'
import { enums } from '../../schema/enums.ts'
import { type Limit, limits } from '../../schema/limits.ts'
import { mayBeEmpty, mustBeThere } from '../../schema/required.ts'
import type { Field, StructType } from '../field-types.ts'
import type { Check } from './check.ts'
import { isEmpty } from './checks.ts'

interface Of {
  /** Of the struct, in Definitions. */
  readonly name: string
  readonly field: Field
  /** The rules name the field: whether it is required is theirs to say. */
  readonly isNamed: boolean
}

/** What the data tables of the schema say of one field: whether it must be there, its values, its range. */
export function schemaChecks(struct: StructType, { name, field, isNamed }: Of): readonly Check[] {
  const key = `${name}.${field.name}`
  const checks: Check[] = []
  const detail = mustBeThere[name]?.[field.name]
  if (detail !== undefined) checks.push(needed(isEmpty, detail))
  else if (!isNamed && struct.required.includes(field.name) && !mayBeEmpty.has(key)) {
    const isMissing = missing(field)
    if (isMissing !== undefined) checks.push(needed(isMissing, ''))
  }
  const valid = enums.get(key)
  if (valid !== undefined) checks.push((value, path) => enumErrors(value, path, valid))
  const limit = limits.get(key)
  if (limit !== undefined) {
    checks.push((value, path) => (typeof value === 'number' ? outside(path, value, limit) : []))
  }
  return checks
}

const needed =
  (isMissing: (value: unknown) => boolean, detail: string): Check =>
  (value, path) =>
    isMissing(value) ? [required(path, detail)] : []

/** Only texts and pointers can be told from what Go writes by itself; a required number may be 0 and a list empty. */
function missing({ type, alwaysThere }: Field): ((value: unknown) => boolean) | undefined {
  if (type.kind === 'string') return (value) => value === undefined || value === ''
  return type.kind === 'struct' && !alwaysThere ? (value) => value === undefined : undefined
}

function enumErrors(value: unknown, path: string, valid: readonly string[]): FieldError[] {
  if (!Array.isArray(value)) return notOneOf(path, value, valid)
  return value.flatMap((item: unknown, i) => notOneOf(`${path}[${i}]`, item, valid))
}

const notOneOf = (field: string, value: unknown, valid: readonly string[]): FieldError[] =>
  value === '' || typeof value !== 'string' || valid.includes(value)
    ? []
    : [notSupported(field, value, valid)]

function outside(field: string, value: number, limit: Limit): FieldError[] {
  if (limit === 'atLeast0') {
    return value >= 0 ? [] : [invalid(field, value, 'must be greater than or equal to 0')]
  }
  if (limit === 'above0') {
    return value > 0 ? [] : [invalid(field, value, 'must be greater than 0')]
  }
  const { min, max } = limit === 'port' ? { min: 1, max: 65535 } : limit
  if (value >= min && value <= max) return []
  return [invalid(field, value, `must be between ${min} and ${max}, inclusive`)]
}
