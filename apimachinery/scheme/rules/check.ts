import type { FieldError } from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'

export const none: readonly FieldError[] = []

/** A struct that is being validated, and the structs around it. */
export interface Frame {
  readonly object: JsonObject
  /** '' for the object itself. */
  readonly path: string
  /** Name in Definitions. */
  readonly definition: string
  readonly up: Frame | undefined
  /** What is wrong with what was looked at before. */
  readonly found: readonly FieldError[]
  /** The whole object of an update before it. */
  readonly before: Readonly<JsonObject> | undefined
}

/** What is wrong with a value; `frame` is the struct that has it. An absent value is undefined. */
export interface Check {
  (value: unknown, path: string, frame: Frame): readonly FieldError[]
  /** What it finds is told instead of anything below the field. */
  readonly isFinal?: true
}

/** Found by a check: nothing is wrong, and nothing below the field is to be looked at. */
export const skip: readonly FieldError[] = []

/** Fields that are judged in new objects only. */
export const whenNew = (...checks: readonly Check[]): readonly Check[] => [
  (_, __, { before }) => (before === undefined ? none : skip),
  ...checks,
]

/** The check, told instead of anything below the field. */
export const final = (check: Check): Check =>
  Object.assign((...given: Parameters<Check>) => check(...given), { isFinal: true as const })

/** A struct of which one member is to be set. Only the first that is set is looked into. */
export interface Union {
  /** In the order in which they are judged. */
  readonly members: readonly string[]
  /** Why a second one is forbidden, or what is said of the struct at the path then; undefined: nothing. */
  readonly more?: string | ((path: string) => FieldError)
  /** What is said of the struct when none is set; undefined: nothing. */
  readonly none?: string
  /** Members that are never refused as a second one, and always looked into. */
  readonly beside?: readonly string[]
  /** Members that are called otherwise in messages. */
  readonly names?: Readonly<Record<string, string>>
}

/** A field that is judged as if it were another value. */
export interface View {
  readonly sees: (value: unknown, frame: Frame) => unknown
  readonly checks?: readonly Check[]
}

/**
 * Rules of one struct, in the order in which errors are reported. A key is a field, whose checks run until one finds something and before
 * what is below the field, or `&name`: a rule between fields, which gets the struct itself. Fields that are not named follow, in the order of
 * the schema. What the schema says of a field (required, enum, limit) is judged first; a field that is named here is required only if a check says so.
 */
export type StructRules = Readonly<Record<string, Check | readonly Check[] | Union | View>>

/** By Go name of the struct, within one package. */
export type PackageRules = Readonly<Record<string, StructRules>>

/** The nearest struct around this one (or itself) of a definition. */
export function enclosing(frame: Frame | undefined, definition: string): Frame | undefined {
  for (let at = frame; at !== undefined; at = at.up) if (at.definition === definition) return at
  return undefined
}

/** For checks that look at nothing around the value. */
export const noFrame: Frame = {
  object: {},
  path: '',
  definition: '',
  up: undefined,
  found: none,
  before: undefined,
}
