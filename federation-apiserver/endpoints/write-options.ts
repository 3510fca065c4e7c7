import {
  type FieldError,
  invalid,
  notSupported,
  tooLong,
} from '#apimachinery/errors/field-error.ts'
import { newBadRequest, newInvalid } from '#apimachinery/errors/status-error.ts'
import { checkFields } from '#apimachinery/scheme/fields.ts'
import { decodeBody } from '#apimachinery/scheme/decode.ts'
import type { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { DeleteOptions } from '../registry/store-context.ts'
import type { RequestBody } from './body.ts'
import { parseInt64 } from './query-parameters.ts'

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface WriteQuery {
  readonly dryRun: boolean
  readonly fieldValidation: FieldValidation
  readonly fieldManager: string
  /** Of an apply: takes over fields that others own. */
  readonly force: boolean
}

export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions'

/** What Go's unicode.IsPrint denies. */
export const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

const fieldValidations = ['', 'Ignore', 'Strict', 'Warn'] as const

/** 422 on `CreateOptions.meta.k8s.io` and its like. */
export const invalidOptions = (
  kind: OptionsKind | 'ListOptions',
  errors: readonly FieldError[],
): Error => newInvalid({ group: 'meta.k8s.io', kind }, '', errors)

const dryRunErrors = (values: readonly string[]): FieldError[] =>
  values.every((value) => value === 'All') ? [] : [notSupported('dryRun', values, ['All'])]

function managerErrors(manager: string): FieldError[] {
  const field = 'fieldManager'
  const errors = manager.length > 128 ? [tooLong(field, 128)] : []
  const at = manager.search(unprintable)
  if (at < 0) return errors
  const code = (manager.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return [...errors, invalid(field, manager, `invalid character U+${code} (at position ${at})`)]
}

/** dryRun, fieldValidation and fieldManager of a write; throws 422 for values that mean nothing. */
export function parseWriteQuery(query: URLSearchParams, kind: OptionsKind): WriteQuery {
  const dryRun = query.getAll('dryRun')
  const fieldValidation = query.get('fieldValidation') ?? ''
  const fieldManager = query.get('fieldManager') ?? ''
  const errors = managerErrors(fieldManager)
  errors.push(...dryRunErrors(dryRun))
  if (!(fieldValidations as readonly string[]).includes(fieldValidation)) {
    errors.push(notSupported('fieldValidation', fieldValidation, fieldValidations))
  }
  if (errors.length > 0) throw invalidOptions(kind, errors)
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: (fieldValidation || 'Warn') as FieldValidation,
    fieldManager,
    force: !['', 'false', '0'].includes(query.get('force')?.toLowerCase() ?? ''),
  }
}

const policies = ['Foreground', 'Background', 'Orphan', 'nil'] as const

interface RawDeleteOptions {
  gracePeriodSeconds?: number | null
  propagationPolicy?: string | null
  orphanDependents?: boolean | null
  preconditions?: { uid?: string | null; resourceVersion?: string | null } | null
  dryRun?: string[] | null
}

function fromQuery(query: URLSearchParams): RawDeleteOptions {
  const grace = query.get('gracePeriodSeconds')
  const orphan = query.get('orphanDependents')
  const policy = query.get('propagationPolicy')
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: parseInt64(grace) }),
    ...(orphan === null ? {} : { orphanDependents: orphan !== 'false' && orphan !== '0' }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    preconditions: { uid: query.get('uid'), resourceVersion: query.get('resourceVersion') },
    dryRun: query.getAll('dryRun'),
  }
}

function fromBody(scheme: Scheme, body: RequestBody): RawDeleteOptions {
  const definition = { group: '', version: 'v1', kind: 'DeleteOptions' }
  const meta = { ...definition, group: 'meta.k8s.io' }
  const { object } = decodeBody(scheme, { ...body, definition: meta, plain: true })
  if (object['kind'] !== 'DeleteOptions') {
    const [kind, version] = [String(object['kind']), String(object['apiVersion'])]
    throw newBadRequest(
      `no kind "${kind}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:111"`,
    )
  }
  const [problem] = checkFields(scheme, definition, object).typeErrors
  if (problem !== undefined) throw newBadRequest(problem)
  return object as RawDeleteOptions
}

function policyErrors(raw: RawDeleteOptions): FieldError[] {
  const policy = raw.propagationPolicy
  if (policy === undefined || policy === null) return []
  if (raw.orphanDependents !== undefined && raw.orphanDependents !== null) {
    const why = 'orphanDependents and deletionPropagation cannot be both set'
    return [invalid('propagationPolicy', policy, why)]
  }
  if ((policies as readonly string[]).slice(0, 3).includes(policy)) return []
  const values = policies.map((value) => JSON.stringify(value)).join(', ')
  return [
    {
      type: 'FieldValueNotSupported',
      field: 'propagationPolicy',
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: ${values}`,
    },
  ]
}

function propagationPolicy(raw: RawDeleteOptions): DeleteOptions['propagationPolicy'] {
  if (raw.orphanDependents === true) return 'Orphan'
  if (raw.orphanDependents === false) return 'Background'
  return (raw.propagationPolicy ?? undefined) as DeleteOptions['propagationPolicy']
}

/** DeleteOptions from the body, or from the query when there is no body. */
export function parseDeleteOptions(
  scheme: Scheme,
  body: RequestBody,
  query: URLSearchParams,
): { deletion: DeleteOptions; dryRun: boolean } {
  const raw = body.bytes.length > 0 ? fromBody(scheme, body) : fromQuery(query)
  const dryRun = raw.dryRun ?? []
  const errors = [...policyErrors(raw), ...dryRunErrors(dryRun)]
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors)
  const policy = propagationPolicy(raw)
  const { uid, resourceVersion } = raw.preconditions ?? {}
  const grace = raw.gracePeriodSeconds
  return {
    dryRun: dryRun.length > 0,
    deletion: {
      // A negative grace means "at once", as in the original.
      ...(grace === undefined || grace === null
        ? {}
        : { gracePeriodSeconds: grace < 0 ? 1 : grace }),
      ...(policy === undefined ? {} : { propagationPolicy: policy }),
      preconditions: {
        ...(uid ? { uid } : {}),
        ...(resourceVersion ? { resourceVersion } : {}),
      },
    },
  }
}
