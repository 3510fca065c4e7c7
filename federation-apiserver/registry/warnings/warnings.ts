import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../equality.ts'
import type { Strategy } from '../strategy.ts'
import { definitionWarnings } from './definition-warnings.ts'
import { inertWarnings } from './inert.ts'
import { fractions, nameWarnings, objectIn, objects, podSpecWarnings } from './pod-warnings.ts'
import { serviceWarnings } from './service-warnings.ts'

type Warnings = (object: ApiObject, old?: Readonly<ApiObject>) => readonly string[]

const valueAt = (object: Readonly<ApiObject>, path: string): JsonObject =>
  path
    .split('.')
    .reduce<JsonObject>((value, field) => objectIn(value, field), { ...object } as JsonObject)

/** Of what makes pods: said when it is new, and when its generation changes: when it is scaled, too. */
const ofTemplate =
  (path: string, isNamed: boolean): Warnings =>
  (object, old) => {
    if (old !== undefined && object.metadata.generation === old.metadata.generation) return []
    return [
      ...(isNamed && old === undefined ? nameWarnings(object, 'Pod names and hostnames') : []),
      ...podSpecWarnings(valueAt(object, path), path),
    ]
  }

/** The same, but later only when the template changes. */
const ofChangedTemplate =
  (path: string, templatePath: string): Warnings =>
  (object, old) =>
    old !== undefined && isEqual(valueAt(object, templatePath), valueAt(old, templatePath))
      ? []
      : podSpecWarnings(valueAt(object, path), path)

const template = ofTemplate('spec.template.spec', true)

const claimWarnings = (spec: JsonObject, path: string): string[] =>
  fractions(objectIn(spec, 'resources'), `${path}.resources`)

function setWarnings(object: ApiObject, old?: Readonly<ApiObject>): string[] {
  const { spec = {} } = object
  const limit = spec['revisionHistoryLimit']
  const keeps = 'a negative value retains all historical revisions; a value >= 0 is recommended'
  return [
    ...ofTemplate('spec.template.spec', false)(object, old),
    ...objects(spec['volumeClaimTemplates']).flatMap((claim, i) =>
      // The path that the original has.
      claimWarnings(objectIn(claim, 'spec'), `spec.volumeClaimTemplates[${i}]`),
    ),
    ...(typeof limit === 'number' && limit < 0 ? [`spec.revisionHistoryLimit: ${keeps}`] : []),
  ]
}

const hasPem = (base64: unknown): boolean =>
  typeof base64 === 'string' && Buffer.from(base64, 'base64').includes('-----BEGIN ')

function secretWarnings(secret: ApiObject): string[] {
  if (secret['type'] !== 'kubernetes.io/tls') return []
  const data = objectIn(secret, 'data')
  if (!hasPem(data['tls.crt'])) return ['tls: failed to find any PEM data in certificate input']
  return hasPem(data['tls.key']) ? [] : ['tls: failed to find any PEM data in key input']
}

const tokensInSecrets =
  'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes'

/** By `resource.group`, or `resource.group/subresource`. */
const warnings: Readonly<Record<string, Warnings>> = {
  ...inertWarnings,
  pods: (pod, old) =>
    // Pods are updated by programs, often.
    old === undefined
      ? [...nameWarnings(pod, "the Pod's hostname"), ...podSpecWarnings(pod.spec ?? {}, 'spec')]
      : [],
  podtemplates: ofChangedTemplate('template.spec', 'template'),
  replicationcontrollers: template,
  'replicationcontrollers/scale': template,
  'deployments.apps': template,
  'deployments.apps/scale': template,
  'replicasets.apps': template,
  'replicasets.apps/scale': template,
  'daemonsets.apps': ofChangedTemplate('spec.template.spec', 'spec.template'),
  'statefulsets.apps': setWarnings,
  'statefulsets.apps/scale': setWarnings,
  'jobs.batch': template,
  'cronjobs.batch': ofTemplate('spec.jobTemplate.spec.template.spec', true),
  services: (service) => serviceWarnings(service.spec ?? {}),
  secrets: secretWarnings,
  persistentvolumeclaims: ({ spec = {} }) => claimWarnings(spec, 'spec'),
  nodes: ({ spec = {} }) =>
    spec['externalID'] === undefined
      ? []
      : ['spec.externalID: this field is deprecated, and is unused by Kubernetes'],
  'endpointslices.discovery.k8s.io': (slice, old) =>
    old === undefined && slice['addressType'] === 'FQDN'
      ? ['spec.addressType: FQDN endpoints are deprecated']
      : [],
  'customresourcedefinitions.apiextensions.k8s.io': definitionWarnings,
  'csidrivers.storage.k8s.io': ({ spec = {} }, old) =>
    !isEqual(old?.spec?.['tokenRequests'], spec['tokenRequests']) &&
    objects(spec['tokenRequests']).length > 0 &&
    spec['serviceAccountTokenInSecrets'] === undefined
      ? [tokensInSecrets]
      : [],
}

/** What is said to who writes an object that is valid, and surely not meant so; of a subresource by its own rules, if any. */
export function warningsOf(
  { group, resource }: Pick<Strategy, 'group' | 'resource'>,
  subresource: string,
  { object, old }: { readonly object: ApiObject; readonly old?: Readonly<ApiObject> | undefined },
): readonly string[] {
  const kind = group === '' ? resource : `${resource}.${group}`
  return warnings[subresource === '' ? kind : `${kind}/${subresource}`]?.(object, old) ?? []
}
