import { type FieldError, forbidden, invalid } from '#apimachinery/errors/field-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { compareQuantities, parseQuantity } from '#apimachinery/meta/quantity.ts'
import { goValue } from '#apimachinery/scheme/rules/go-value.ts'
import { persistentVolumeSources } from '#apimachinery/schema/internal-types.ts'
import { isEqual } from '../equality.ts'
import { specDiff } from '../spec-diff.ts'

const core = 'io.k8s.api.core.v1.'

const sourceOf = (spec: JsonObject): JsonObject =>
  Object.fromEntries(persistentVolumeSources.map((field) => [field, spec[field]]))

/** A secret for expansion may be given later. */
function withoutNewSecret(source: JsonObject, old: JsonObject): JsonObject {
  const before = old['csi'] as JsonObject | undefined
  if (before === undefined || before['controllerExpandSecretRef'] !== undefined) return source
  const csi = source['csi'] as JsonObject | undefined
  return csi === undefined
    ? source
    : { ...source, csi: { ...csi, controllerExpandSecretRef: undefined } }
}

const volumeModeErrors = (spec: JsonObject, old: JsonObject): FieldError[] =>
  isEqual(spec['volumeMode'], old['volumeMode'])
    ? []
    : [invalid('volumeMode', spec['volumeMode'] ?? null, 'field is immutable')]

/** Labels of nodes that had other names once (https://kubernetes.io/docs/reference/labels-annotations-taints/). */
const presentLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
}

interface Affinity {
  readonly required?: {
    readonly nodeSelectorTerms?: readonly {
      readonly matchExpressions?: readonly { key?: string }[]
    }[]
  }
}

const expressionsIn = (affinity: Affinity | undefined) =>
  affinity?.required?.nodeSelectorTerms?.flatMap((term) => term.matchExpressions ?? []) ?? []

/** The old affinity, with the present names of labels where the new one has them. A name that is missing is told of by itself. */
function relabelled(old: JsonObject, given: JsonObject | undefined): JsonObject {
  const asked = expressionsIn(given)
  const copy = structuredClone(old)
  for (const [i, expression] of expressionsIn(copy).entries()) {
    const key = asked[i]?.key ?? ''
    if (key === (presentLabels[expression.key ?? ''] ?? '')) expression.key = key
  }
  return copy
}

/** Where a volume is never changes; on which nodes only once. */
export function volumeUpdateErrors(object: ApiObject, before: Readonly<ApiObject>): FieldError[] {
  const { spec = {} } = object
  const { spec: old = {} } = before
  const errors: FieldError[] = []
  const [source, oldSource] = [withoutNewSecret(sourceOf(spec), old), sourceOf(old)]
  if (!isEqual(source, oldSource)) {
    const shown = specDiff(`${core}PersistentVolumeSource`, oldSource, source)
    const why = `spec.persistentvolumesource is immutable after creation\n${shown}`
    errors.push(forbidden('spec.persistentvolumesource', why))
  }
  errors.push(...volumeModeErrors(spec, old))
  const { nodeAffinity } = spec as { nodeAffinity?: JsonObject }
  const { nodeAffinity: oldAffinity } = old as { nodeAffinity?: JsonObject }
  if (oldAffinity !== undefined && !isEqual(nodeAffinity, relabelled(oldAffinity, nodeAffinity))) {
    const shown =
      nodeAffinity === undefined ? null : goValue(`${core}VolumeNodeAffinity`, nodeAffinity)
    const why = 'field is immutable, except for updating from beta label to GA'
    errors.push(invalid('nodeAffinity', shown, why))
  }
  return errors
}

const storageOf = (spec: JsonObject): string => {
  const { requests } = (spec['resources'] ?? {}) as { requests?: Record<string, string> }
  return requests?.['storage'] ?? '0'
}

const withStorage = (spec: JsonObject, storage: string): JsonObject => {
  const resources = (spec['resources'] ?? {}) as JsonObject
  const requests = resources['requests'] as JsonObject | undefined
  if (requests === undefined) return spec
  return { ...spec, resources: { ...resources, requests: { ...requests, storage } } }
}

function isLess(a: string, b: string): boolean {
  const [left, right] = [parseQuantity(a), parseQuantity(b)]
  return left !== undefined && right !== undefined && compareQuantities(left, right) < 0
}

/** A claim that is bound may ask for more, and for other attributes; one that is not may be given a volume and a class. */
export function claimUpdateErrors(object: ApiObject, before: Readonly<ApiObject>): FieldError[] {
  const { spec = {} } = object
  const { spec: old = {} } = before
  const isBound = before.status?.['phase'] === 'Bound'
  const wanted = isBound
    ? {
        ...withStorage(spec, storageOf(old)),
        volumeAttributesClassName: old['volumeAttributesClassName'],
      }
    : spec
  const had: JsonObject = {
    ...old,
    volumeName: old['volumeName'] ?? spec['volumeName'],
    storageClassName: old['storageClassName'] ?? spec['storageClassName'],
  }
  const errors: FieldError[] = []
  if (!isEqual(wanted, had)) {
    const shown = specDiff(`${core}PersistentVolumeClaimSpec`, had, wanted)
    const why = `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${shown}`
    errors.push(forbidden('spec', why))
  }
  const capacity = (before.status?.['capacity'] as Record<string, string> | undefined)?.['storage']
  if (isLess(storageOf(spec), storageOf(old)) && !isLess(capacity ?? '0', storageOf(spec))) {
    const at = 'spec.resources.requests.storage'
    errors.push(forbidden(at, 'field can not be less than status.capacity'))
  }
  return [...errors, ...volumeModeErrors(spec, old)]
}
