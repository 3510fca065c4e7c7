import { isIP } from 'node:net'
import { validateLabel, validatePathSegment, validateSubdomain } from '#apimachinery/meta/names.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Strategy } from './strategy.ts'

/** Facts that many resources share, by `resource.group`: what a Kubernetes 1.36 server does with them. */
const generation = [
  'pods',
  'podtemplates',
  'replicationcontrollers',
  ...['daemonsets', 'deployments', 'replicasets', 'statefulsets'].map((r) => `${r}.apps`),
  'cronjobs.batch',
  'jobs.batch',
  'ingressclasses.networking.k8s.io',
  'ingresses.networking.k8s.io',
  'networkpolicies.networking.k8s.io',
  'poddisruptionbudgets.policy',
  'mutatingadmissionpolicies.admissionregistration.k8s.io',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'endpointslices.discovery.k8s.io',
  'deviceclasses.resource.k8s.io',
  'resourceslices.resource.k8s.io',
  'flowschemas.flowcontrol.apiserver.k8s.io',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
  ...['clusters', 'placementdecisions', 'servicednsrecords', 'tombstones'].map(
    (r) => `${r}.federation`,
  ),
]

const createOnUpdate = [
  'endpoints',
  'events',
  'limitranges',
  'services',
  'leases.coordination.k8s.io',
  'runtimeclasses.node.k8s.io',
  ...['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'].map(
    (r) => `${r}.rbac.authorization.k8s.io`,
  ),
]

const needsResourceVersion = [
  'apiservices.apiregistration.k8s.io',
  'poddisruptionbudgets.policy',
  ...['csidrivers', 'csinodes', 'csistoragecapacities', 'volumeattachments'].map(
    (r) => `${r}.storage.k8s.io`,
  ),
  'mutatingadmissionpolicies.admissionregistration.k8s.io',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'leases.coordination.k8s.io',
  'runtimeclasses.node.k8s.io',
]

const returnsDeleted = [
  'namespaces',
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'podtemplates',
  'resourcequotas',
  'serviceaccounts',
  'services',
  ...[
    'csidrivers',
    'csinodes',
    'storageclasses',
    'volumeattachments',
    'volumeattributesclasses',
  ].map((r) => `${r}.storage.k8s.io`),
  ...['deviceclasses', 'resourceclaims', 'resourceclaimtemplates', 'resourceslices'].map(
    (r) => `${r}.resource.k8s.io`,
  ),
]

const tellsChangesFirst = [
  'configmaps',
  'secrets',
  'services',
  'daemonsets.apps',
  'ingressclasses.networking.k8s.io',
  'volumeattributesclasses.storage.k8s.io',
]

const orphansByDefault = ['replicationcontrollers', 'jobs.batch']

const keepsMetadata = [
  'apiservices.apiregistration.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'flowschemas.flowcontrol.apiserver.k8s.io',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
  'resourceclaims.resource.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'volumeattachments.storage.k8s.io',
]

/** Groups and resources that know no standard finalizers of their own: any name with a slash, or of the garbage collector. */
const plainFinalizers = [
  'events',
  'apiservices.apiregistration.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'leases.coordination.k8s.io',
  'poddisruptionbudgets.policy',
  'runtimeclasses.node.k8s.io',
]

/** Resources whose updates are judged like new objects, with their names. */
const namesAgain: ReadonlySet<string> = new Set([
  ...'configmaps endpoints limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods secrets serviceaccounts'.split(
    ' ',
  ),
  'controllerrevisions.apps',
  'jobs.batch',
  ...['ingressclasses', 'ingresses'].map((r) => `${r}.networking.k8s.io`),
  ...[
    'csinodes',
    'csistoragecapacities',
    'storageclasses',
    'volumeattachments',
    'volumeattributesclasses',
  ].map((r) => `${r}.storage.k8s.io`),
  'endpointslices.discovery.k8s.io',
  ...['resourceclaims', 'resourceclaimtemplates'].map((r) => `${r}.resource.k8s.io`),
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
  'runtimeclasses.node.k8s.io',
])

const nameOf = ({ group, resource }: Pick<Strategy, 'group' | 'resource'>): string =>
  group === '' ? resource : `${resource}.${group}`

export const judgesNamesAgain = (resource: Pick<Strategy, 'group' | 'resource'>): boolean =>
  resource.group === 'admissionregistration.k8s.io' || namesAgain.has(nameOf(resource))

export const asksForStandardFinalizers = (
  resource: Pick<Strategy, 'group' | 'resource'>,
): boolean =>
  resource.group !== 'admissionregistration.k8s.io' && !plainFinalizers.includes(nameOf(resource))

const isAddress = (name: string): readonly string[] =>
  isIP(name) === 0 ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] : []

/** An APIService is called after what it serves. */
function nameOfGroupVersion(name: string, { spec = {} }: Readonly<ApiObject>): readonly string[] {
  const problems = validatePathSegment(name)
  const { version = '', group = '' } = spec as { version?: string; group?: string }
  const wanted = `${version}.${group}`
  if (problems.length > 0 || name === wanted) return problems
  return [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`]
}

/** The names of a CronJob's Jobs end with the minute that they are for. */
const leavesRoom = (name: string): readonly string[] => [
  ...validateSubdomain(name),
  ...(name.length > 52 ? ['must be no more than 52 characters'] : []),
]

/** Judged by rules that are generated from the schema: they count bytes, and let a generateName be. */
const declared: Strategy['validateName'] = (name, _, isPrefix) =>
  isPrefix ? [] : validateSubdomain(name).map((why) => why.replace(/ characters$/, ' bytes'))

/** What names must be where it is no DNS-1123 subdomain. */
const nameRules: Readonly<Record<string, Strategy['validateName']>> = {
  events: validatePathSegment,
  replicationcontrollers: declared,
  'deviceclasses.resource.k8s.io': declared,
  'cronjobs.batch': leavesRoom,
  'certificatesigningrequests.certificates.k8s.io': validatePathSegment,
  'ipaddresses.networking.k8s.io': isAddress,
  'poddisruptionbudgets.policy': validatePathSegment,
  'statefulsets.apps': validateLabel,
  'apiservices.apiregistration.k8s.io': nameOfGroupVersion,
}

const flags = {
  generation,
  createOnUpdate,
  needsResourceVersion,
  returnsDeleted,
  orphansByDefault,
  tellsChangesFirst,
}

const sets = Object.entries(flags).map(([flag, names]) => [flag, new Set(names)] as const)

/** What is true of one resource by these tables; its own strategy may say more. */
export function behaviourOf({ group, resource }: Pick<Strategy, 'group' | 'resource'>): Strategy {
  const name = group === '' ? resource : `${resource}.${group}`
  const own = sets.filter(([, names]) => names.has(name)).map(([flag]) => [flag, true])
  const statusKeeps =
    name === 'deployments.apps' ? 'labels' : keepsMetadata.includes(name) ? 'metadata' : undefined
  return {
    group,
    resource,
    ...Object.fromEntries(own),
    ...(nameRules[name] === undefined ? {} : { validateName: nameRules[name] }),
    ...(statusKeeps === undefined ? {} : { statusKeeps }),
  }
}
