import { type FieldError, forbidden, invalid, required } from '#apimachinery/errors/field-error.ts'
import { validateLabel1035, validateSubdomain } from '#apimachinery/meta/names.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { parseJsonPath } from '#apimachinery/structural/json-path.ts'
import { fieldSchema, type JsonSchema } from '#apimachinery/structural/json-schema.ts'
import { valueOrEmptied } from '#apimachinery/scheme/emptied.ts'
import { validateSchema } from '#apimachinery/structural/validate-schema.ts'
import { isEqual } from '../equality.ts'
import {
  type CustomResourceDefinitionSpec,
  type CustomResourceNames,
  type CustomResourceVersion,
  type PrinterColumn,
  specOf,
  statusOf,
} from './definition.ts'

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']

function columnErrors(columns: readonly PrinterColumn[], path: string): FieldError[] {
  return columns.flatMap((column, i) => {
    const at = `${path}[${i}]`
    const oneOf = `must be one of ${columnTypes.join(',')}`
    const errors: FieldError[] = []
    if (column.name === '') errors.push(required(`${at}.name`))
    if (column.type === '') errors.push(required(`${at}.type`, oneOf))
    else if (!columnTypes.includes(column.type)) {
      errors.push(invalid(`${at}.type`, column.type, oneOf))
    }
    if (column.jsonPath === '') errors.push(required(`${at}.JSONPath`))
    else errors.push(...pathErrors(column.jsonPath, `${at}.JSONPath`))
    return errors
  })
}

function pathErrors(path: string, at: string): FieldError[] {
  if (!path.startsWith('.'))
    return [invalid(at, path, 'must be a simple json path starting with .')]
  try {
    parseJsonPath(path)
    return []
  } catch {
    return [invalid(at, path, 'is an invalid path')]
  }
}

function scaleErrors(version: CustomResourceVersion, path: string): FieldError[] {
  const scale = version.subresources?.scale
  if (scale === undefined) return []
  const check = (field: 'specReplicasPath' | 'statusReplicasPath' | 'labelSelectorPath') => {
    const value = scale[field] ?? ''
    const at = `${path}.scale.${field}`
    if (value === '') return field === 'labelSelectorPath' ? [] : [required(at)]
    const prefixes =
      field === 'specReplicasPath'
        ? ['.spec']
        : field === 'statusReplicasPath'
          ? ['.status']
          : ['.spec', '.status']
    if (prefixes.some((prefix) => value.startsWith(`${prefix}.`))) return []
    const where = prefixes.map((prefix) => prefix).join(' or ')
    return [invalid(at, value, `should be a json path under ${where}`)]
  }
  return [
    ...check('specReplicasPath'),
    ...check('statusReplicasPath'),
    ...check('labelSelectorPath'),
  ]
}

function selectableErrors(version: CustomResourceVersion, path: string): FieldError[] {
  const seen = new Set<string>()
  const errors = (version.selectableFields ?? []).flatMap(({ jsonPath }, i) => {
    const at = `${path}[${i}].jsonPath`
    if (jsonPath === '') return [required(at)]
    let schema: JsonSchema | undefined = version.schema?.openAPIV3Schema
    if (!/^(\.[^.[\]]+)+$/.test(jsonPath)) {
      return [invalid(at, jsonPath, 'is an invalid path: expected [ or . but got: ' + jsonPath)]
    }
    for (const field of jsonPath.slice(1).split('.')) {
      schema = schema && fieldSchema(schema, field)
    }
    if (schema === undefined) {
      return [invalid(at, jsonPath, 'is an invalid path: does not refer to a valid field')]
    }
    const found: FieldError[] = []
    if (jsonPath.startsWith('.metadata')) {
      found.push(invalid(at, jsonPath, 'must not point to fields in metadata'))
    }
    if (!['string', 'boolean', 'integer'].includes(schema.type ?? '')) {
      const why =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
      found.push(invalid(at, jsonPath, why))
    }
    if (seen.has(jsonPath)) {
      found.push({
        type: 'FieldValueDuplicate',
        field: at,
        message: `Duplicate value: ${JSON.stringify(jsonPath)}`,
      })
    }
    seen.add(jsonPath)
    return found
  })
  return seen.size <= 8
    ? errors
    : [
        ...errors,
        {
          type: 'FieldValueTooMany',
          field: path,
          message: `Too many: ${seen.size}: must have at most 8 items`,
        },
      ]
}

/** What versions may have in common; upstream's internal form has it once then, in these places. */
const common = {
  schema: 'spec.validation',
  subresources: 'spec.subresources',
  additionalPrinterColumns: 'spec.additionalPrinterColumns',
  selectableFields: 'spec.selectableFields',
} as const

type Common = keyof typeof common

const hasContent = (value: unknown): boolean =>
  value !== undefined && !(Array.isArray(value) && value.length === 0)

const isCommon = (versions: readonly CustomResourceVersion[], field: Common): boolean =>
  versions.every((one) => hasContent(one[field]) && isEqual(one[field], versions[0]?.[field]))

/** Schemas that were accepted before. */
type Known = (schema: JsonSchema) => boolean

function partErrors(
  version: CustomResourceVersion,
  field: Common,
  { path, isKnown }: { readonly path: string; readonly isKnown: Known },
): FieldError[] {
  switch (field) {
    case 'schema': {
      const schema = version.schema?.openAPIV3Schema
      if (schema === undefined) return []
      return validateSchema(schema, `${path}.openAPIV3Schema`, isKnown(schema))
    }
    case 'subresources':
      return scaleErrors(version, path)
    case 'additionalPrinterColumns':
      return columnErrors(version.additionalPrinterColumns ?? [], path)
    case 'selectableFields':
      return selectableErrors(version, path)
  }
}

const parts = Object.keys(common) as Common[]

function versionErrors(
  spec: CustomResourceDefinitionSpec,
  { isGiven, isKnown }: { readonly isGiven: boolean; readonly isKnown: Known },
): FieldError[] {
  const { versions } = spec
  const shared = parts.filter((field) => isCommon(versions, field))
  const errors = versions.flatMap((version, i) => {
    const path = `spec.versions[${i}]`
    const why = validateLabel1035(version.name)
    const found = why.length > 0 ? [invalid(`${path}.name`, version.name, why.join(','))] : []
    if (version.deprecated !== true && version.deprecationWarning !== undefined) {
      const only = 'can only be set for deprecated versions'
      found.push(invalid(`${path}.deprecationWarning`, version.deprecationWarning, only))
    }
    const own = parts.filter((field) => !shared.includes(field))
    return [
      ...found,
      ...own.flatMap((field) => partErrors(version, field, { path: `${path}.${field}`, isKnown })),
    ]
  })
  const shown = isGiven ? versions.map((version) => shownVersion(version, shared)) : null
  const refuse = (why: string): void => void errors.push(invalid('spec.versions', shown, why))
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    refuse('must contain unique version names')
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    refuse('must have exactly one version marked as storage version')
  }
  const [first] = versions
  if (first === undefined) return errors
  const why = first.name === '' ? [] : validateLabel1035(first.name)
  if (why.length > 0) errors.push(invalid('spec.version', first.name, why.join(',')))
  return errors
}

/** A version as upstream shows its own form of it. */
const shownVersion = (version: CustomResourceVersion, shared: readonly Common[]): object => ({
  Name: version.name,
  Served: version.served,
  Storage: version.storage,
  Deprecated: version.deprecated ?? false,
  DeprecationWarning: version.deprecationWarning ?? null,
  ...Object.fromEntries(
    parts.map((field) => [
      field.charAt(0).toUpperCase() + field.slice(1),
      shared.includes(field) ? null : (version[field] ?? null),
    ]),
  ),
})

function nameErrors(names: CustomResourceNames): FieldError[] {
  const errors: FieldError[] = []
  const check = (field: string, value: string): void => {
    const why = value === '' ? [] : validateLabel1035(value)
    if (why.length > 0) errors.push(invalid(`spec.names.${field}`, value, why.join(',')))
  }
  const checkKind = (field: string, value: string): void => {
    const why = value === '' ? [] : validateLabel1035(value.toLowerCase())
    if (why.length === 0) return
    const mixed = `may have mixed case, but should otherwise match: ${why.join(',')}`
    errors.push(invalid(`spec.names.${field}`, value, mixed))
  }
  check('plural', names.plural)
  check('singular', names.singular ?? '')
  checkKind('kind', names.kind)
  checkKind('listKind', names.listKind ?? '')
  for (const [i, name] of (names.shortNames ?? []).entries()) check(`shortNames[${i}]`, name)
  if (names.kind !== '' && names.kind === names.listKind) {
    const why = 'kind and listKind may not be the same'
    errors.push(invalid('spec.names.listKind', names.listKind, why))
  }
  for (const [i, name] of (names.categories ?? []).entries()) check(`categories[${i}]`, name)
  return errors
}

function conversionErrors({ conversion }: CustomResourceDefinitionSpec): FieldError[] {
  if (conversion === undefined || conversion.strategy === 'None') return []
  if (conversion.strategy !== 'Webhook') return []
  // Objects would be stored that nobody can convert: refused when it is asked for, not when it is needed.
  const why = 'conversion webhooks are not called by this server; use strategy None'
  return [forbidden('spec.conversion.strategy', why)]
}

/** What is wrong with the spec of a definition, in Kubernetes' words; `old` is the definition that it changes. */
export function specErrors(object: Readonly<ApiObject>, old?: Readonly<ApiObject>): FieldError[] {
  const spec = specOf(object)
  const before = old === undefined ? [] : specOf(old).versions
  const isKnown: Known = (schema) =>
    before.some((version) => isEqual(version.schema?.openAPIV3Schema, schema))
  const errors: FieldError[] = []
  const { group, names, versions } = spec
  if (group === '') errors.push(required('spec.group'))
  else {
    const why = validateSubdomain(group)
    if (why.length > 0) errors.push(invalid('spec.group', group, why.join(',')))
    else if (!group.includes('.')) {
      errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'))
    }
  }
  if (spec.scope === '') errors.push(required('spec.scope'))
  for (const [i, version] of versions.entries()) {
    if (version.schema?.openAPIV3Schema === undefined) {
      errors.push(required(`spec.versions[${i}].schema.openAPIV3Schema`))
    }
  }
  const isGiven = valueOrEmptied(object.spec ?? {}, 'versions') !== null
  errors.push(...versionErrors(spec, { isGiven, isKnown }))
  for (const part of ['plural', 'singular', 'kind', 'listKind'] as const) {
    if ((names[part] ?? '') === '') errors.push(required(`spec.names.${part}`))
  }
  for (const [field, path] of Object.entries(common) as [Common, string][]) {
    const [first] = versions
    if (first !== undefined && isCommon(versions, field)) {
      errors.push(...partErrors(first, field, { path, isKnown }))
    }
  }
  return [...errors, ...nameErrors(names), ...conversionErrors(spec)]
}

/** A version in which objects were stored has to stay. */
export function storedVersionErrors(object: Readonly<ApiObject>): FieldError[] {
  const { versions } = specOf(object)
  const stored = statusOf(object).storedVersions ?? []
  const field = 'status.storedVersions'
  if (stored.length === 0) return [invalid(field, null, 'must have at least one stored version')]
  // Each is the storage version once.
  const left = new Set(stored)
  const missing = versions.filter(({ storage, name }) => !left.delete(name) && storage)
  const gone = stored.flatMap((version, i) =>
    versions.some(({ name }) => name === version)
      ? []
      : [
          invalid(
            `${field}[${i}]`,
            version,
            `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
          ),
        ],
  )
  return [
    ...missing.map(({ name }) => invalid(field, stored, `must have the storage version ${name}`)),
    ...gone,
  ]
}

/** Schemas say themselves what they preserve. */
export function preserveErrors(object: Readonly<ApiObject>): FieldError[] {
  if (specOf(object).preserveUnknownFields !== true) return []
  const why =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
  return [invalid('spec.preserveUnknownFields', true, why)]
}

const protectedGroups = /(^|\.)(k8s|kubernetes)\.io$/

/** Groups of the Kubernetes community need a word of approval (KEP-1111). */
export function approvalErrors(object: Readonly<ApiObject>): FieldError[] {
  const { group } = specOf(object)
  const field = 'metadata.annotations[api-approved.kubernetes.io]'
  const given = object.metadata.annotations?.['api-approved.kubernetes.io'] ?? ''
  if (!protectedGroups.test(group)) return []
  if (given === '') {
    const why =
      'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111'
    return [required(field, why)]
  }
  if (given.startsWith('unapproved') || URL.canParse(given)) return []
  const why =
    'protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111'
  return [invalid(field, given, why)]
}
