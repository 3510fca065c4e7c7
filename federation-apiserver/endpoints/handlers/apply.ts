import { type FieldError, required } from '#apimachinery/errors/field-error.ts'
import { newBadRequest, newStatusError } from '#apimachinery/errors/status-error.ts'
import {
  formatGroupVersion,
  type GroupVersionKind,
  parseGroupVersion,
} from '#apimachinery/meta/group-version.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isObject, jsonTypeOf } from '#apimachinery/patch/json-value.ts'
import type { Writer } from '#apimachinery/patch/structured-merge/managers.ts'
import { mergeTypeOf } from '#apimachinery/patch/structured-merge/merge-type.ts'
import { typedErrors, validateTyped } from '#apimachinery/patch/structured-merge/validate-typed.ts'
import { type Parsed, SyntaxProblem } from '#apimachinery/scheme/json.ts'
import { parseYaml } from '#apimachinery/scheme/yaml.ts'
import { scaleKind } from '../../registry/scale.ts'
import type { RequestBody } from '../body.ts'
import { acceptObject } from '../decode-object.ts'
import { applyOwned, uidMismatch } from '../field-management.ts'
import type { ServedResource } from '../served-resource.ts'
import type { WriteQuery } from '../write-options.ts'

/** A configuration to be applied: what its sender wants of the object, and nothing more. */
export interface Configuration {
  readonly object: JsonObject
  readonly duplicates: readonly string[]
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const formatKind = ({ group, version, kind }: GroupVersionKind): string =>
  `${group}/${version}, Kind=${kind}`

function parse({ bytes, yaml }: RequestBody): Parsed {
  try {
    return yaml?.() ?? parseYaml(bytes.toString())
  } catch (err) {
    if (!(err instanceof SyntaxProblem)) throw err
    const message = `error decoding YAML: error converting YAML to JSON: ${err.message}`
    throw newBadRequest(message, { cause: err })
  }
}

/** The body of an apply patch: YAML, and so JSON, of the kind of the endpoint. Throws 400. */
export function parseConfiguration(body: RequestBody, gvk: GroupVersionKind): Configuration {
  const { value, duplicates } = parse(body)
  if (value !== null && value !== undefined && !isObject(value)) {
    throw newBadRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type map[string]interface {}`,
    )
  }
  const object = isObject(value) ? value : {}
  const given = {
    ...parseGroupVersion(text(object['apiVersion'])),
    kind: text(object['kind']),
  }
  if (formatKind(given) !== formatKind(gvk)) {
    throw newBadRequest(`invalid object type: ${formatKind(given)}`)
  }
  const { metadata } = object
  if (isObject(metadata) && (metadata['managedFields'] ?? null) !== null) {
    throw newBadRequest('metadata.managedFields must be nil')
  }
  return { object, duplicates }
}

const internal = (message: string): Error => newStatusError({ code: 500, reason: '', message })

function checkTyped(
  served: ServedResource,
  { object }: Configuration,
  gvk: GroupVersionKind,
): void {
  const { scheme } = served
  const type = mergeTypeOf(scheme.definitions, scheme.definitionOf(gvk) ?? '')
  const problems = validateTyped(type ?? {}, object)
  if (problems.length === 0) return
  const metadata = isObject(object['metadata']) ? object['metadata'] : {}
  const [namespace, name] = [text(metadata['namespace']), text(metadata['name'])]
  const what = `${namespace}/${name}; ${formatKind(gvk)}`
  throw internal(`failed to create typed patch object (${what}): ${typedErrors(problems).message}`)
}

/** Keys that the configuration has twice. */
function checkDuplicates(
  { duplicates }: Configuration,
  query: WriteQuery,
  warnings: Set<string>,
): void {
  if (duplicates.length === 0 || query.fieldValidation === 'Ignore') return
  const keys = duplicates.map(
    (path) => `key "${path.split('.').at(-1) ?? path}" already set in map`,
  )
  const problem = `error converting YAML to JSON: yaml: unmarshal errors:\n  ${keys.join('\n  ')}`
  if (query.fieldValidation === 'Strict') {
    throw newBadRequest(`error strict decoding YAML: ${problem}`)
  }
  warnings.add(problem)
}

export interface Apply {
  readonly served: ServedResource
  readonly writer: Writer
  /** The URL's. */
  readonly name: string
  readonly config: Configuration
  readonly query: WriteQuery
  readonly warnings: Set<string>
}

/** The live object after an apply, defaulted and in the request's version; `live` is undefined when the object is to be made. */
export function applyConfiguration(
  { served, writer, name, config, query, warnings }: Apply,
  live: ApiObject | undefined,
): ApiObject {
  checkTyped(served, config, served.info)
  const object = applyOwned(served, writer, { live, config: config.object, force: query.force })
  checkDuplicates(config, query, warnings)
  const uid = object.metadata.uid ?? ''
  if (live === undefined && uid !== '') throw uidMismatch(served, name, uid)
  return acceptObject(
    served.scheme,
    { gvk: served.info, object },
    {
      fieldValidation: 'Ignore',
      warnings,
      refuse: (why) =>
        internal(
          `failed to convert new typed object (${object.metadata.namespace ?? ''}/${name}; ${formatKind(served.info)}) to object: ${why}`,
        ),
    },
  )
}

/** An applied Scale, in the terms of the object that it scales. */
export function scaleConfiguration(served: ServedResource, config: Configuration): Configuration {
  checkTyped(served, config, scaleKind)
  const spec = config.object['spec']
  const replicas = isObject(spec) ? spec['replicas'] : undefined
  const { kind, group, version } = served.info
  return {
    duplicates: config.duplicates,
    object: {
      apiVersion: formatGroupVersion({ group, version }),
      kind,
      ...(replicas === undefined ? {} : { spec: { replicas } }),
    },
  }
}

/** Applying needs a name to apply by. */
export const managerErrors = ({ fieldManager }: WriteQuery): FieldError[] =>
  fieldManager === '' ? [required('fieldManager', 'is required for apply patch')] : []
