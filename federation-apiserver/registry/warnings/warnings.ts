import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../equality.ts'
import type { Strategy } from '../strategy.ts'
import { definitionWarnings } from './definition-warnings.ts'
import { inertWarnings } from './inert.ts'
import { fractions, nameWarnings, objectIn, objects, podSpecWarnings } from './pod-warnings.ts'
import { serviceWarnings } from './service-warnings.ts'

type Warnings = (object: ApiObject, old?: Readonly<ApiObject>) => readonly string[]

/** Of what makes pods: said when it is new, and when its template changes. */
const ofTemplate =
  (path: string, isNamed: boolean): Warnings =>
  (object, old) => {
    const at = (from: Readonly<ApiObject>): JsonObject =>
      path
        .split('.')
        .reduce<JsonObject>((value, field) => objectIn(value, field), { ...from } as JsonObject)
    const spec = at(object)
    if (old !== undefined && isEqual(spec, at(old))) return []
    return [
      ...(isNamed && old === undefined ? nameWarnings(object, 'Pod names and hostnames') : []),
      ...podSpecWarnings(spec, path),
    ]
  }

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
  podtemplates: ofTemplate('template.spec', false),
  replicationcontrollers: template,
  'deployments.apps': template,
  'replicasets.apps': template,
  'daemonsets.apps': ofTemplate('spec.template.spec', false),
  'statefulsets.apps': setWarnings,
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
