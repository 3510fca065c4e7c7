import { formatGroupResource } from '../meta/group-version.ts'
import { type FieldError, formatFieldErrors } from './field-error.ts'
import type { Status, StatusDetails, StatusReason } from './status.ts'

/** An error that is a whole metav1.Status; the client rebuilds it, so predicates work on both sides of the wire. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly status: Status

  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? 'unknown error', options)
    this.status = status
  }

  get code(): number {
    return this.status.code ?? 500
  }

  get reason(): StatusReason {
    return this.status.reason ?? ''
  }
}

interface Parts {
  code: number
  reason: StatusReason
  message: string
  details?: StatusDetails
}

/** Builds a Failure status from its parts. */
export const newStatusError = (parts: Parts, options?: ErrorOptions): StatusError =>
  new StatusError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: parts.message,
      ...(parts.reason === '' ? {} : { reason: parts.reason }),
      ...(parts.details === undefined ? {} : { details: parts.details }),
      code: parts.code,
    },
    options,
  )

interface GroupResourceLike {
  group: string
  resource: string
}

const objectDetails = (gr: GroupResourceLike, name: string): StatusDetails => ({
  ...(name === '' ? {} : { name }),
  ...(gr.group === '' ? {} : { group: gr.group }),
  kind: gr.resource,
})

export const newNotFound = (gr: GroupResourceLike, name: string): StatusError =>
  newStatusError({
    code: 404,
    reason: 'NotFound',
    message: `${formatGroupResource(gr)} "${name}" not found`,
    details: objectDetails(gr, name),
  })

export const newAlreadyExists = (gr: GroupResourceLike, name: string): StatusError =>
  newStatusError({
    code: 409,
    reason: 'AlreadyExists',
    message: `${formatGroupResource(gr)} "${name}" already exists`,
    details: objectDetails(gr, name),
  })

export const newConflict = (gr: GroupResourceLike, name: string, why: string): StatusError =>
  newStatusError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${formatGroupResource(gr)} "${name}": ${why}`,
    details: objectDetails(gr, name),
  })

export const newForbidden = (gr: GroupResourceLike, name: string, why: string): StatusError =>
  newStatusError({
    code: 403,
    reason: 'Forbidden',
    message: `${formatGroupResource(gr)}${name === '' ? '' : ` "${name}"`} is forbidden: ${why}`,
    details: objectDetails(gr, name),
  })

/** 422 with one cause a field error; `kind` and `group` are those of the object's kind. */
export const newInvalid = (
  gk: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError =>
  newStatusError({
    code: 422,
    reason: 'Invalid',
    message: `${gk.kind}${gk.group === '' ? '' : `.${gk.group}`} "${name}" is invalid${errors.length > 0 ? `: ${formatFieldErrors(errors)}` : ''}`,
    details: {
      ...(name === '' ? {} : { name }),
      ...(gk.group === '' ? {} : { group: gk.group }),
      ...(gk.kind === '' ? {} : { kind: gk.kind }),
      causes: errors.map((e) => ({ reason: e.type, message: e.message, field: e.field })),
    },
  })

const plain =
  (code: number, reason: StatusReason) =>
  (message: string, options?: ErrorOptions): StatusError =>
    newStatusError({ code, reason, message }, options)

export const newBadRequest = plain(400, 'BadRequest')
export const newUnauthorized = (): StatusError => plain(401, 'Unauthorized')('Unauthorized')
export const newMethodNotAllowed = (): StatusError =>
  newStatusError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  })
export const newNotAcceptable = plain(406, 'NotAcceptable')
export const newUnsupportedMediaType = plain(415, 'UnsupportedMediaType')
export const newExpired = plain(410, 'Expired')
export const newRequestEntityTooLarge = plain(413, 'RequestEntityTooLarge')
export const newServiceUnavailable = plain(503, 'ServiceUnavailable')

/** 500; the message is what the client sees, so it never carries a stack or a secret. */
export const newInternalError = (message: string, options?: ErrorOptions): StatusError =>
  newStatusError(
    {
      code: 500,
      reason: 'InternalError',
      message: `Internal error occurred: ${message}`,
      details: { causes: [{ message }] },
    },
    options,
  )

export const newTooManyRequests = (message: string, retryAfterSeconds: number): StatusError =>
  newStatusError({ code: 429, reason: 'TooManyRequests', message, details: { retryAfterSeconds } })

export const newTimeout = (message: string, details?: StatusDetails): StatusError =>
  newStatusError({ code: 504, reason: 'Timeout', message, ...(details ? { details } : {}) })

/** 404 for a path or resource that is not served at all. */
export const newUnknownResource = (): StatusError =>
  newStatusError({
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
    details: {},
  })

const hasReason =
  (...reasons: StatusReason[]) =>
  (err: unknown): err is StatusError =>
    err instanceof StatusError && reasons.includes(err.reason)

export const isNotFound = hasReason('NotFound')
export const isAlreadyExists = hasReason('AlreadyExists')
export const isConflict = hasReason('Conflict')
export const isForbidden = hasReason('Forbidden')
export const isInvalid = hasReason('Invalid')
export const isInternalError = hasReason('InternalError')
/** 410: the revision asked for is compacted; list again. */
export const isExpired = hasReason('Expired', 'Gone')

/** 403 because the namespace is being deleted: nothing can be created in it any more (cause NamespaceTerminating). */
export const isNamespaceTerminating = (err: unknown): boolean =>
  isForbidden(err) &&
  err.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true
