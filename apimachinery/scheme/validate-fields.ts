import { type FieldError, forbidden, required } from '../errors/field-error.ts'
import type { GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import type { Definitions } from './definition.ts'
import { type Field, type FieldType, type StructType, structType } from './field-types.ts'
import { type Check, type Frame, skip, type Union, type View } from './rules/check.ts'
import { rules } from './rules/rules.ts'
import { schemaChecks } from './rules/schema-checks.ts'
import { statusRules } from './rules/statuses.ts'
import { validateCustom } from '../structural/validate-custom.ts'
import type { Scheme } from './scheme.ts'

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/**
 * What is wrong with an object that checkFields and applyDefaults have been over: required fields, enums, ranges of numbers, and the
 * rules between fields. `metadata` is left to the caller, `status` to validateStatus. What has not changed from `old`, which was judged when it was
 * written, is not judged again: of a custom resource value by value; of others only all together, as rules look at what is beside a field.
 */
export function validateFields(
  scheme: Scheme,
  gvk: GroupVersionKind,
  object: JsonObject,
  old?: Readonly<JsonObject>,
): FieldError[] {
  const structural = scheme.structuralOf(gvk)
  if (structural !== undefined) return validateCustom(structural, object, old)
  const name = scheme.definitionOf(gvk)
  if (name === undefined || (old !== undefined && hasSameContent(object, old))) return []
  const walk: Walk = { definitions: scheme.definitions, errors: [] }
  validateStruct(walk, name, {
    object,
    path: '',
    definition: name,
    up: undefined,
    found: walk.errors,
    before: old,
  })
  return walk.errors.map(asCalled)
}

/** The same values, not equal ones, in all that is judged here. */
const hasSameContent = (object: JsonObject, old: Readonly<JsonObject>): boolean =>
  Object.keys({ ...object, ...old }).every(
    (field) => field === 'metadata' || field === 'status' || object[field] === old[field],
  )

/** What is wrong with the status that an update writes: what `rules/statuses.ts` says of it, and everything about a custom resource. */
export function validateStatus(
  scheme: Scheme,
  gvk: GroupVersionKind,
  object: JsonObject,
  old: Readonly<JsonObject>,
): readonly FieldError[] {
  const structural = scheme.structuralOf(gvk)
  if (structural !== undefined) return validateCustom(structural, object, old)
  const definition = scheme.definitionOf(gvk)
  if (definition === undefined) return []
  const type = structType(scheme.definitions, definition).fields.get('status')?.type
  const check = type?.kind === 'struct' ? statusRules[type.definition] : undefined
  const frame = { object, path: '', definition, up: undefined, found: [], before: old }
  return check?.(object['status'], 'status', frame) ?? []
}

/** Fields that messages call otherwise than by their place. */
const otherwiseCalled: readonly (readonly [RegExp, string])[] = [
  [/(\.downwardAPI)\.items\[\d+\]/, '$1'],
  [/\.gcePersistentDisk\./, '.persistentDisk.'],
  [/\.sources\[\d+\]\.serviceAccountToken\.path$/, '.path'],
  [/(\.httpHeaders)\[\d+\]\.name$/, '$1'],
]

function asCalled(error: FieldError): FieldError {
  const found = otherwiseCalled.find(([pattern]) => pattern.test(error.field))
  return found === undefined ? error : { ...error, field: error.field.replace(...found) }
}

interface Walk {
  readonly definitions: Definitions
  readonly errors: FieldError[]
}

/** One field, or one rule between fields: what is checked, and what is looked at below. */
interface Step {
  /** '' when the checks get the struct itself. */
  readonly field: string
  readonly checks: readonly Check[]
  /** Undefined when nothing below has rules. */
  readonly below: FieldType | undefined
  readonly sees?: View['sees']
  readonly union?: { readonly of: Union; readonly steps: readonly Step[] }
}

const isUnion = (given: object): given is Union => 'members' in given

const plans = new WeakMap<StructType, readonly Step[]>()

/** The tables' rules of one struct, looked up once. */
function planOf(definitions: Definitions, struct: StructType, name: string): readonly Step[] {
  const known = plans.get(struct)
  if (known !== undefined) return known
  const table = rules.get(name) ?? {}
  const steps: Step[] = []
  const members = new Set<string>()
  for (const [key, given] of Object.entries(table)) {
    if (isUnion(given)) {
      for (const member of given.members) members.add(member)
      steps.push(unionStep(definitions, struct, given))
      continue
    }
    const checks =
      typeof given === 'function' ? [given] : 'sees' in given ? (given.checks ?? []) : given
    if (key.startsWith('&')) steps.push({ field: '', checks, below: undefined })
    else {
      const field = struct.fields.get(key)
      if (field === undefined) throw new Error(`${name} has rules for ${key}, which is no field`)
      const ofSchema = schemaChecks(struct, { name, field, isNamed: true })
      const step = stepOf(definitions, field, [...ofSchema, ...checks])
      steps.push('sees' in given ? { ...step, sees: given.sees } : step)
    }
  }
  for (const field of struct.fields.values()) {
    if (table[field.name] !== undefined || members.has(field.name)) continue
    const step = stepOf(definitions, field, schemaChecks(struct, { name, field, isNamed: false }))
    if (step.checks.length > 0 || step.below !== undefined) steps.push(step)
  }
  plans.set(struct, steps)
  return steps
}

const stepOf = (definitions: Definitions, field: Field, checks: readonly Check[]): Step => ({
  field: field.name,
  checks,
  below: hasRules(definitions, field.type, new Set()) ? field.type : undefined,
})

const unionStep = (definitions: Definitions, struct: StructType, of: Union): Step => ({
  field: '',
  checks: [],
  below: undefined,
  union: {
    of,
    steps: of.members.flatMap((name) => {
      const field = struct.fields.get(name)
      return field === undefined ? [] : [stepOf(definitions, field, [])]
    }),
  },
})

/** Whether a walk into a value of the type can find anything; `open` are the structs that are being looked at. */
function hasRules(definitions: Definitions, type: FieldType, open: Set<string>): boolean {
  if (type.kind === 'list') return hasRules(definitions, type.element, open)
  if (type.kind === 'map') return hasRules(definitions, type.value, open)
  if (type.kind !== 'struct' || type.definition === objectMeta) return false
  const name = type.definition
  if (open.has(name)) return false
  open.add(name)
  if (rules.has(name)) return true
  const struct = structType(definitions, name)
  return [...struct.fields.values()].some(
    (field) =>
      schemaChecks(struct, { name, field, isNamed: false }).length > 0 ||
      hasRules(definitions, field.type, open),
  )
}

const join = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`)

function validateStruct(walk: Walk, name: string, frame: Frame): void {
  const struct = structType(walk.definitions, name)
  const { object, path } = frame
  for (const { field, checks, below, sees, union } of planOf(walk.definitions, struct, name)) {
    if (union !== undefined) {
      validateUnion(walk, union, frame)
      continue
    }
    if (path === '' && field === 'status') continue
    // Fields that Go has as null are as absent as others.
    const own = field === '' ? object : (object[field] ?? undefined)
    const value = sees === undefined ? own : sees(own, frame)
    const at = field === '' ? path : join(path, field)
    let isOpen = true
    for (const check of checks) {
      const found = check(value, at, frame)
      if (found.length === 0 && found !== skip) continue
      walk.errors.push(...found)
      isOpen = found !== skip && check.isFinal !== true
      break
    }
    if (isOpen && below !== undefined && typeof value === 'object')
      validateValue(walk, below, { value, path: at, frame })
  }
}

interface Seen {
  readonly value: unknown
  readonly path: string
  readonly frame: Frame
}

function validateUnion(walk: Walk, { of, steps }: NonNullable<Step['union']>, frame: Frame): void {
  const { object, path } = frame
  const given = steps.filter(({ field }) => (object[field] ?? undefined) !== undefined)
  const [first, ...others] = given
  if (first === undefined) {
    if (of.none !== undefined) walk.errors.push(required(path, of.none))
    return
  }
  const lookInto = ({ field, below }: Step): void => {
    if (below === undefined) return
    validateValue(walk, below, { value: object[field], path: join(path, field), frame })
  }
  lookInto(first)
  for (const other of others) {
    if (of.beside?.includes(other.field) === true) lookInto(other)
    else if (typeof of.more === 'function') walk.errors.push(of.more(path))
    else if (of.more !== undefined) {
      walk.errors.push(forbidden(join(path, of.names?.[other.field] ?? other.field), of.more))
    }
  }
}

function validateValue(walk: Walk, type: FieldType, at: Seen): void {
  const { value, path, frame } = at
  if (typeof value !== 'object' || value === null) return
  if (type.kind === 'struct') {
    if (type.definition === objectMeta || Array.isArray(value)) return
    const { definition } = type
    validateStruct(walk, definition, {
      object: value as JsonObject,
      path,
      definition,
      up: frame,
      found: frame.found,
      before: frame.before,
    })
  } else if (type.kind === 'list' && Array.isArray(value)) {
    value.forEach((item: unknown, i) =>
      validateValue(walk, type.element, { value: item, path: `${path}[${i}]`, frame }),
    )
  } else if (type.kind === 'map') {
    for (const [key, item] of Object.entries(value)) {
      validateValue(walk, type.value, { value: item, path: `${path}[${key}]`, frame })
    }
  }
}
