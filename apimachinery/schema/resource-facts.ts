/** Groups in the order in which a Kubernetes 1.36 server lists them; a client resolves a short name to the first that has it. */
export const groupPriority: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'federation',
]

/** Group-versions that are stored in the form of another one: the same resources under another name. */
export const hubVersions: Readonly<
  Record<string, { readonly group: string; readonly version: string }>
> = {
  'autoscaling/v1': { group: 'autoscaling', version: 'v2' },
  'events.k8s.io/v1': { group: '', version: 'v1' },
}

/** Versions in which a Kubernetes 1.36 server stores what it serves in another one, by `resource.group`: clients compare hashes of them. */
export const storageVersions: Readonly<Record<string, string>> = {
  'customresourcedefinitions.apiextensions.k8s.io': 'v1beta1',
  'mutatingadmissionpolicies.admissionregistration.k8s.io': 'v1beta1',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': 'v1beta1',
}

/**
 * Published subresources that need a node (log) or act on something else than the stored object (eviction).
 * Connect-only ones (exec, attach, portforward, proxy) have no kind and are left out by that.
 */
export const unservedSubresources: ReadonlySet<string> = new Set(['pods/log', 'pods/eviction'])

/** Published verbs that a server does not have, by `resource.group`. */
export const unservedVerbs: Readonly<Record<string, readonly string[]>> = {
  componentstatuses: ['watch'],
}
