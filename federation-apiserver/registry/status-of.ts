import {
  newAlreadyExists,
  newConflict,
  newExpired,
  newInternalError,
  newNotFound,
  newRequestEntityTooLarge,
  newServiceUnavailable,
  newTimeout,
  type StatusError,
} from '#apimachinery/errors/status-error.ts'
import { isStorageError, type StorageError } from '../storage/errors.ts'

/** The object that a storage error is about. */
export interface StatusSubject {
  readonly group: string
  readonly resource: string
  readonly name: string
}

export const modifiedMessage =
  'the object has been modified; please apply your changes to the latest version and try again'

/** 504 for a resourceVersion that does not exist yet; clients come back after a second. */
const tooLargeResourceVersion = (err: StorageError): StatusError =>
  newTimeout(`Timeout: ${err.message}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

function fromStorageError(err: StorageError, subject: StatusSubject): StatusError {
  switch (err.code) {
    case 'KeyNotFound':
      return newNotFound(subject, subject.name)
    case 'KeyExists':
      return newAlreadyExists(subject, subject.name)
    case 'Conflict':
      return newConflict(subject, subject.name, modifiedMessage)
    case 'Compacted':
      return newExpired('The resourceVersion for the provided list is too old.', { cause: err })
    case 'FutureRevision':
      return tooLargeResourceVersion(err)
    case 'TooLarge':
      return newRequestEntityTooLarge(err.message, { cause: err })
    case 'Unknown':
      return newTimeout(
        'the write was sent to storage, but whether it took effect is not known; read the object before trying again',
      )
    case 'Unavailable':
      return newServiceUnavailable('storage is not available', { cause: err })
    case 'Corrupt':
      // Of a value, not of the whole store.
      if (err.key !== '') return newInternalError(err.message, { cause: err })
      return newInternalError('storage cannot be used', { cause: err })
    case 'Locked':
      return newInternalError('storage cannot be used', { cause: err })
  }
}

/** The one translation of storage's errors to Status; other errors pass unchanged. */
export const statusOf = (err: unknown, subject: StatusSubject): unknown =>
  isStorageError(err) ? fromStorageError(err, subject) : err
