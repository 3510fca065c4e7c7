import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { countedBy } from '#apimachinery/quota/usage.ts'
import { objectIn, objects } from './pod-warnings.ts'

type Warnings = (object: Readonly<ApiObject>) => readonly string[]

/** What of an object is open here and closed in Kubernetes; undefined when nothing is. */
type OpenPart = (object: Readonly<ApiObject>) => string | undefined

const failsClosed = (from: Readonly<JsonObject>): boolean => from['failurePolicy'] !== 'Ignore'

const openWebhooks: OpenPart = ({ webhooks }) => {
  const names = objects(webhooks)
    .filter(failsClosed)
    .map(({ name }) => JSON.stringify(name))
  return names.length === 0
    ? undefined
    : `failurePolicy Fail is not enforced for ${names.join(', ')}`
}

const openPolicy: OpenPart = ({ spec = {} }) =>
  failsClosed(spec) ? 'failurePolicy Fail is not enforced' : undefined

const openBinding: OpenPart = ({ spec = {} }) => {
  const actions = spec['validationActions']
  const denies = Array.isArray(actions) && actions.includes('Deny')
  return denies ? 'validationActions Deny is not enforced' : undefined
}

const openLevel: OpenPart = () => '--max-requests-inflight limits requests'

/**
 * Kinds that tell the API server itself what to do, and that this one stores without acting on them. Charts bring them along, so they are not
 * refused; who writes one is told each time, and in so many words of what would have failed closed.
 */
const inert: readonly (readonly [kind: string, isNot: string, open?: OpenPart])[] = [
  ['validatingwebhookconfigurations.admissionregistration.k8s.io', 'called', openWebhooks],
  ['mutatingwebhookconfigurations.admissionregistration.k8s.io', 'called', openWebhooks],
  ['validatingadmissionpolicies.admissionregistration.k8s.io', 'evaluated', openPolicy],
  ['validatingadmissionpolicybindings.admissionregistration.k8s.io', 'evaluated', openBinding],
  ['mutatingadmissionpolicies.admissionregistration.k8s.io', 'evaluated', openPolicy],
  ['mutatingadmissionpolicybindings.admissionregistration.k8s.io', 'evaluated'],
  ['flowschemas.flowcontrol.apiserver.k8s.io', 'enforced', openLevel],
  ['prioritylevelconfigurations.flowcontrol.apiserver.k8s.io', 'enforced', openLevel],
]

const stored = (kind: string, isNot: string): string =>
  `${kind} are stored, but not ${isNot} by this version`

/** Objects are counted; what Pods and claims ask for is not. */
function quotaWarnings({ spec = {} }: Readonly<ApiObject>): readonly string[] {
  const names = Object.keys(objectIn(spec, 'hard')).filter((name) => countedBy(name) === undefined)
  if (names.length === 0) return []
  const limits = names.map((name) => JSON.stringify(name)).join(', ')
  return [`spec.hard: limits of ${limits} are not enforced by this version, which counts objects`]
}

/** One without a service names a group of this server. */
function apiServiceWarnings({ spec = {} }: Readonly<ApiObject>): readonly string[] {
  if (Object.keys(objectIn(spec, 'service')).length === 0) return []
  const served = `${String(spec['group'])}/${String(spec['version'])} is not served`
  return [`${stored('apiservices.apiregistration.k8s.io', 'proxied')}; ${served}`]
}

/** Signers of other names may run as controllers of the user's own; those of Kubernetes are part of it, and none is here. */
function signerWarnings({ spec = {} }: Readonly<ApiObject>): readonly string[] {
  const signer = String(spec['signerName'])
  if (!signer.startsWith('kubernetes.io/')) return []
  const name = JSON.stringify(signer)
  return [
    `spec.signerName: requests for ${name} are not signed by this version; an approved one gets no certificate`,
  ]
}

/** By `resource.group`, or `resource.group/subresource`. */
export const inertWarnings: Readonly<Record<string, Warnings>> = {
  ...Object.fromEntries(
    inert.map(([kind, isNot, openOf]): [string, Warnings] => [
      kind,
      (object) => {
        const open = openOf?.(object)
        return [`${stored(kind, isNot)}${open === undefined ? '' : `; ${open}`}`]
      },
    ]),
  ),
  resourcequotas: quotaWarnings,
  'pods/resize': () => [
    'resources of Pods are not enforced by this version, and stay as they were: resize them in their member',
  ],
  'apiservices.apiregistration.k8s.io': apiServiceWarnings,
  'certificatesigningrequests.certificates.k8s.io': signerWarnings,
  'certificatesigningrequests.certificates.k8s.io/approval': signerWarnings,
}
