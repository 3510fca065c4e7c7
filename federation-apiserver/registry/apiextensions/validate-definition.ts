import { type FieldError, forbidden, invalid, required } from '#apimachinery/errors/field-error.ts'
import { validateLabel1035, validateSubdomain } from '#apimachinery/meta/names.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { parseJsonPath } from '#apimachinery/structural/json-path.ts'
import { fieldSchema, type JsonSchema } from '#apimachinery/structural/json-schema.ts'
import { validateSchema } from '#apimachinery/structural/validate-schema.ts'
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

function versionErrors(version: CustomResourceVersion, path: string): FieldError[] {
  const errors: FieldError[] = []
  const why = validateLabel1035(version.name)
  if (why.length > 0) errors.push(invalid(`${path}.name`, version.name, why.join(',')))
  if (version.deprecated !== true && version.deprecationWarning !== undefined) {
    const given = version.deprecationWarning
    const only = 'can only be set for deprecated versions'
    errors.push(invalid(`${path}.deprecationWarning`, given, only))
  }
  const schema = version.schema?.openAPIV3Schema
  if (schema !== undefined) {
    errors.push(...validateSchema(schema, `${path}.schema.openAPIV3Schema`))
  }
  errors.push(...scaleErrors(version, `${path}.subresources`))
  errors.push(
    ...columnErrors(version.additionalPrinterColumns ?? [], `${path}.additionalPrinterColumns`),
  )
  return [...errors, ...selectableErrors(version, `${path}.selectableFields`)]
}

function nameErrors(names: CustomResourceNames): FieldError[] {
  const errors: FieldError[] = []
  const check = (field: string, value: string, shown = value): void => {
    const why = value === '' ? [] : validateLabel1035(value)
    if (why.length > 0) errors.push(invalid(`spec.names.${field}`, shown, why.join(',')))
  }
  check('plural', names.plural)
  check('singular', names.singular ?? '')
  check('kind', names.kind.toLowerCase(), names.kind)
  check('listKind', (names.listKind ?? '').toLowerCase(), names.listKind)
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

/** What is wrong with the spec of a definition, in Kubernetes' words. */
export function specErrors(object: Readonly<ApiObject>): FieldError[] {
  const spec = specOf(object)
  const errors: FieldError[] = []
  const { group, names, versions } = spec
  if (group !== '') {
    const why = validateSubdomain(group)
    if (why.length > 0) errors.push(invalid('spec.group', group, why.join(',')))
    else if (!group.includes('.')) {
      errors.push(invalid('spec.group', group, 'should be a domain with at least one dot'))
    }
  }
  for (const [i, version] of versions.entries()) {
    if (version.schema?.openAPIV3Schema === undefined) {
      errors.push(required(`spec.versions[${i}].schema.openAPIV3Schema`))
    }
  }
  for (const [i, version] of versions.entries()) {
    errors.push(...versionErrors(version, `spec.versions[${i}]`))
  }
  if (new Set(versions.map(({ name }) => name)).size < versions.length) {
    errors.push(invalid('spec.versions', versions, 'must contain unique version names'))
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    const why = 'must have exactly one version marked as storage version'
    errors.push(invalid('spec.versions', versions, why))
  }
  if (spec.preserveUnknownFields === true) {
    const why = 'must be false in order to use defaults in the schema'
    errors.push(invalid('spec.preserveUnknownFields', true, why))
  }
  return [...errors, ...nameErrors(names), ...conversionErrors(spec)]
}

/** A version in which objects were stored has to stay. */
export function storedVersionErrors(object: Readonly<ApiObject>): FieldError[] {
  const names = specOf(object).versions.map(({ name }) => name)
  return (statusOf(object).storedVersions ?? []).flatMap((version, i) =>
    names.includes(version)
      ? []
      : [
          invalid(
            `status.storedVersions[${i}]`,
            version,
            `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
          ),
        ],
  )
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
