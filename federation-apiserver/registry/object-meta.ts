import {
  type FieldError,
  forbidden,
  invalid,
  required,
  tooLong,
} from '#apimachinery/errors/field-error.ts'
import {
  validateSubdomain,
  validateLabelValue,
  validateLabelKey,
  validateQualifiedName,
} from '#apimachinery/meta/names.ts'
import { validateStandardFinalizer } from '#apimachinery/meta/finalizers.ts'
import type { ObjectMeta } from '#apimachinery/meta/object-meta.ts'

const maxAnnotationBytes = 256 * 1024

/** What is wrong with a name, or with what a name is to begin with. */
export type NameRule = (name: string, isPrefix: boolean) => readonly string[]

interface MetaRules {
  readonly namespaced: boolean
  readonly validateName: NameRule | undefined
}

function nameErrors(meta: ObjectMeta, rules: MetaRules): FieldError[] {
  const validateName = rules.validateName ?? validateSubdomain
  const { name, generateName = '' } = meta
  const errors: FieldError[] = []
  if (generateName !== '') {
    // A name will follow: a dash at the end is no fault.
    for (const why of validateName(generateName.replace(/-$/, 'a'), true)) {
      errors.push(invalid('metadata.generateName', generateName, why))
    }
  }
  if ((name ?? '') === '')
    errors.push(required('metadata.name', 'name or generateName is required'))
  else for (const why of validateName(name, false)) errors.push(invalid('metadata.name', name, why))
  if (rules.namespaced && (meta.namespace ?? '') === '') errors.push(required('metadata.namespace'))
  return errors
}

function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...validateLabelKey(key).map((why) => invalid('metadata.labels', key, why)),
    ...validateLabelValue(value).map((why) => invalid('metadata.labels', value, why)),
  ])
}

function annotationErrors(annotations: Readonly<Record<string, string>>): FieldError[] {
  let total = 0
  const errors = Object.entries(annotations).flatMap(([key, value]) => {
    total += Buffer.byteLength(key) + Buffer.byteLength(value)
    return validateLabelKey(key.toLowerCase()).map((why) =>
      invalid('metadata.annotations', key, why),
    )
  })
  if (total > maxAnnotationBytes) errors.push(tooLong('metadata.annotations', maxAnnotationBytes))
  return errors
}

/** '' when there is none, or when it cannot be parsed. */
const versionOf = (apiVersion = ''): string => {
  const [first = '', second, ...more] = apiVersion.split('/')
  return more.length > 0 ? '' : (second ?? first)
}

type OwnerReferences = NonNullable<ObjectMeta['ownerReferences']>

function ownerErrors(owner: Partial<OwnerReferences[number]>): FieldError[] {
  const at = 'metadata.ownerReferences'
  const { apiVersion = '', kind = '' } = owner
  return [
    ...(versionOf(apiVersion) === ''
      ? [invalid(`${at}.apiVersion`, apiVersion, 'version must not be empty')]
      : []),
    ...(['kind', 'name', 'uid'] as const)
      .filter((field) => (owner[field] ?? '') === '')
      .map((field) => invalid(`${at}.${field}`, '', 'must not be empty')),
    ...(apiVersion === 'v1' && kind === 'Event'
      ? [invalid(at, owner, '/v1, Kind=Event is disallowed from being an owner')]
      : []),
  ]
}

function ownersErrors(owners: OwnerReferences): FieldError[] {
  const [first, ...others] = owners.filter((owner) => owner.controller === true)
  return [
    ...owners.flatMap(ownerErrors),
    ...others.map((other) =>
      invalid(
        'metadata.ownerReferences',
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first?.kind}/${first?.name} and ${other.kind}/${other.name}`,
      ),
    ),
  ]
}

function finalizerErrors(finalizers: readonly string[]): FieldError[] {
  const errors = finalizers.flatMap((finalizer) =>
    validateQualifiedName(finalizer).map((why) => invalid('metadata.finalizers', finalizer, why)),
  )
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    const why = 'finalizer orphan and foregroundDeletion cannot be both set'
    errors.push(invalid('metadata.finalizers', finalizers, why))
  }
  return errors
}

/** What Kubernetes' own groups require besides: a name without a slash must be one of theirs. */
export const standardFinalizerErrors = (finalizers: readonly string[]): FieldError[] =>
  finalizers.flatMap((finalizer, i) =>
    validateStandardFinalizer(finalizer).map((why) =>
      invalid(`metadata.finalizers[${i}]`, finalizer, why),
    ),
  )

/** What Kubernetes requires of every object's metadata. */
export function validateObjectMeta(meta: ObjectMeta, rules: MetaRules): FieldError[] {
  const { labels, annotations, ownerReferences, finalizers } = meta
  const errors = nameErrors(meta, rules)
  if (labels !== undefined) errors.push(...labelErrors(labels))
  if (annotations !== undefined) errors.push(...annotationErrors(annotations))
  if (ownerReferences !== undefined) errors.push(...ownersErrors(ownerReferences))
  if (finalizers !== undefined) errors.push(...finalizerErrors(finalizers))
  return errors
}

/** Only a delete marks an object for deletion. */
const immutableErrors = (meta: ObjectMeta): FieldError[] =>
  (['deletionTimestamp', 'deletionGracePeriodSeconds'] as const)
    .filter((field) => meta[field] !== undefined)
    .map((field) => invalid(`metadata.${field}`, meta[field], 'field is immutable'))

/** What may not happen to metadata between two states; fields of the server are restored before this. */
export function validateObjectMetaUpdate(
  meta: ObjectMeta,
  old: Readonly<ObjectMeta>,
): FieldError[] {
  if (old.deletionTimestamp === undefined) return immutableErrors(meta)
  const before = new Set(old.finalizers ?? [])
  const added = (meta.finalizers ?? []).filter((finalizer) => !before.has(finalizer))
  if (added.length === 0) return []
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ')
  return [
    forbidden(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ]
}
