/** Structs that go with their last field, when it is one of those below. */
export const goesWithFields: ReadonlySet<string> = new Set(['io.k8s.api.core.v1.Lifecycle'])

/** Fields of features that a Kubernetes 1.36 server has off by default: it takes them and forgets them. By definition. */
export const disabledFields: Readonly<Record<string, readonly string[]>> = {
  'io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy': ['maxUnavailable'],
  'io.k8s.api.core.v1.NodeSpec': ['configSource'],
  'io.k8s.api.core.v1.NodeStatus': ['config'],
  'io.k8s.api.core.v1.PodStatus': ['nodeAllocatableResourceClaimStatuses'],
  'io.k8s.api.coordination.v1.LeaseSpec': ['strategy', 'preferredHolder'],
  'io.k8s.api.resource.v1.Device': ['nodeAllocatableResourceMappings'],
  'io.k8s.api.storage.v1.CSIDriverSpec': ['preventPodSchedulingIfMissing'],
  'io.k8s.api.core.v1.Lifecycle': ['stopSignal'],
  'io.k8s.api.core.v1.PodSpec': ['schedulingGroup'],
  'io.k8s.api.core.v1.VolumeProjection': ['clusterTrustBundle', 'podCertificate'],
  'io.k8s.api.discovery.v1.Endpoint': ['deprecatedTopology'],
}
