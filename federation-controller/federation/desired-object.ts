import { formatGroupVersion } from '#apimachinery/meta/group-version.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import {
  adoptedAnnotation,
  federationUIDAnnotation,
  managedLabel,
  propagatedKeysAnnotation,
  sourceUIDAnnotation,
} from '#apimachinery/schema/federation.ts'
import { bodyOf, numberAt, withValueAt } from '../federated-types/body.ts'
import type { FederatedType } from '../federated-types/federated-type.ts'
import { hashOf } from './hash.ts'

/** What one member shall have. The hash covers everything that the federation writes, and nothing else. */
export interface DesiredObject {
  readonly object: ApiObject
  readonly hash: string
}

type Keyed = Readonly<Record<string, string>>

/** Keys of the federation itself mean nothing in a member, and must not be forged from a federated object. */
const ownPrefixes = ['federation.kubernetes.io/', 'federation.alpha.kubernetes.io/']
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
/** Written by the federation on each copy; `adopted` is not among them: it belongs to the member's object. */
const markers = [federationUIDAnnotation, sourceUIDAnnotation, propagatedKeysAnnotation]

/** The object for every member, before replicas are split. Never owner references, finalizers, uid or status. */
export function desiredObject(
  type: FederatedType,
  source: ApiObject,
  federationUID: string,
): DesiredObject {
  const { name, namespace, uid = '' } = source.metadata
  const labels = distributed(source.metadata.labels, type.serverLabels)
  const annotations = distributed(source.metadata.annotations, type.memberAnnotations, lastApplied)
  const keys = { labels: Object.keys(labels).sort(), annotations: Object.keys(annotations).sort() }
  const body = bodyOf(source)
  const object: ApiObject = {
    apiVersion: formatGroupVersion(type),
    kind: type.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, [managedLabel]: 'true' },
      annotations: {
        ...annotations,
        [federationUIDAnnotation]: federationUID,
        [sourceUIDAnnotation]: uid,
        [propagatedKeysAnnotation]: JSON.stringify(keys),
      },
    },
    ...(type.body?.(body) ?? body),
  }
  return { object, hash: hashOf(type.replicas ? withReplicas(type, object, 0) : object) }
}

/** The same for one member of a kind whose replicas are split. */
export function desiredShare(
  type: FederatedType,
  desired: DesiredObject,
  replicas: number | undefined,
): DesiredObject {
  if (type.replicas === undefined || replicas === undefined) return desired
  const object = withReplicas(type, desired.object, replicas)
  return { object, hash: hashOf([desired.hash, replicas]) }
}

/** Replicas wished for the whole federation; Kubernetes' default is one. */
export const replicasOf = (type: FederatedType, source: ApiObject): number =>
  type.replicas === undefined ? 0 : (numberAt(source, type.replicas.path) ?? 1)

const withReplicas = (type: FederatedType, object: ApiObject, replicas: number): ApiObject =>
  ({ ...object, ...withValueAt(object, type.replicas?.path ?? [], replicas) }) as ApiObject

function distributed(
  from: Keyed | undefined,
  owned: readonly string[] = [],
  dropped?: string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(from ?? {}).filter(
      ([key]) =>
        key !== dropped &&
        !owned.includes(key) &&
        !ownPrefixes.some((prefix) => key.startsWith(prefix)),
    ),
  )
}

/**
 * The object to PUT over a member's: ours, with the labels and annotations that are not ours, finalizers, owner
 * references and the kind's own fields of the member kept. Keys that we wrote before and no longer wish are gone.
 */
export function mergeIntoCopy(type: FederatedType, desired: ApiObject, copy: ApiObject): ApiObject {
  const before = propagatedKeys(copy)
  const body = bodyOf(desired)
  const { name, namespace, uid, resourceVersion, finalizers, ownerReferences } = copy.metadata
  return {
    apiVersion: desired.apiVersion,
    kind: desired.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      labels: overlay(copy.metadata.labels, before.labels, desired.metadata.labels),
      annotations: overlay(
        copy.metadata.annotations,
        before.annotations,
        desired.metadata.annotations,
      ),
    },
    ...(type.retain?.(body, bodyOf(copy)) ?? body),
  }
}

/** What is drift when it differs: the keys and fields of the copy that are ours. */
export function observedHash(type: FederatedType, copy: ApiObject, desired: ApiObject): string {
  const body = bodyOf(copy)
  const relevant = type.relevant?.(body, bodyOf(desired)) ?? body
  return hashOf([
    pick(copy.metadata.labels, desired.metadata.labels),
    pick(copy.metadata.annotations, desired.metadata.annotations),
    relevant,
  ])
}

/** Marks an object that was there before us, on top of what is desired. */
export function asAdopted(object: ApiObject): ApiObject {
  const annotations = { ...object.metadata.annotations, [adoptedAnnotation]: 'true' }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

function overlay(
  present: Keyed | undefined,
  before: readonly string[],
  desired: Keyed | undefined,
): Record<string, string> {
  const kept = Object.entries(present ?? {}).filter(
    ([key]) => !before.includes(key) && !markers.includes(key),
  )
  return { ...Object.fromEntries(kept), ...desired }
}

const pick = (from: Keyed | undefined, keys: Keyed | undefined): JsonObject =>
  Object.fromEntries(Object.keys(keys ?? {}).map((key) => [key, from?.[key] ?? null]))

interface PropagatedKeys {
  labels: string[]
  annotations: string[]
}

/** Keys that we wrote on a copy; none when the annotation is missing or was damaged. */
function propagatedKeys(copy: ApiObject): PropagatedKeys {
  try {
    const text = copy.metadata.annotations?.[propagatedKeysAnnotation] ?? '{}'
    const keys = JSON.parse(text) as Partial<PropagatedKeys> | null
    return { labels: strings(keys?.labels), annotations: strings(keys?.annotations) }
  } catch {
    return { labels: [], annotations: [] }
  }
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
