/**
 * Values a field may have, by definition and field, in the order a Kubernetes 1.36 server names them. For a list: of its elements.
 * An absent or empty value is no enum error.
 */
const protocol = ['SCTP', 'TCP', 'UDP']
const pullPolicy = ['Always', 'IfNotPresent', 'Never']
const messagePolicy = ['File', 'FallbackToLogsOnError']
const trafficPolicy = ['Cluster', 'Local']
const taintEffect = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']
const failurePolicy = ['Fail', 'Ignore']
const matchPolicy = ['Equivalent', 'Exact']
const rbacGroup = ['rbac.authorization.k8s.io']
const byPackage: Record<string, Record<string, readonly string[]>> = {
  'io.k8s.api.core.v1': {
    'Container.imagePullPolicy': pullPolicy,
    'Container.terminationMessagePolicy': messagePolicy,
    'ContainerPort.protocol': protocol,
    'EndpointPort.protocol': protocol,
    'EphemeralContainer.imagePullPolicy': pullPolicy,
    'EphemeralContainer.terminationMessagePolicy': messagePolicy,
    'HTTPGetAction.scheme': ['HTTP', 'HTTPS'],
    'PersistentVolumeSpec.persistentVolumeReclaimPolicy': ['Delete', 'Recycle', 'Retain'],
    'PodSpec.dnsPolicy': ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
    'PodSpec.preemptionPolicy': ['PreemptLowerPriority', 'Never'],
    'PodSpec.restartPolicy': ['Always', 'OnFailure', 'Never'],
    'ServicePort.protocol': protocol,
    'ServiceSpec.internalTrafficPolicy': trafficPolicy,
    'ServiceSpec.sessionAffinity': ['ClientIP', 'None'],
    'ServiceSpec.type': ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'],
    'Toleration.effect': taintEffect,
    'TopologySpreadConstraint.nodeAffinityPolicy': ['Honor', 'Ignore'],
    'TopologySpreadConstraint.nodeTaintsPolicy': ['Honor', 'Ignore'],
    'TopologySpreadConstraint.whenUnsatisfiable': ['DoNotSchedule', 'ScheduleAnyway'],
  },
  'io.k8s.api.batch.v1': {
    'CronJobSpec.concurrencyPolicy': ['Allow', 'Forbid', 'Replace'],
    'JobSpec.completionMode': ['NonIndexed', 'Indexed'],
    'PodFailurePolicyRule.action': ['Count', 'FailIndex', 'FailJob', 'Ignore'],
  },
  'io.k8s.api.autoscaling.v2': {
    'HPAScalingPolicy.type': ['Percent', 'Pods'],
    'HPAScalingRules.selectPolicy': ['Disabled', 'Max', 'Min'],
    'MetricSpec.type': ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'],
  },
  'io.k8s.api.networking.v1': {
    'HTTPIngressPath.pathType': ['Exact', 'ImplementationSpecific', 'Prefix'],
    'NetworkPolicyPort.protocol': ['TCP', 'UDP', 'SCTP'],
    'NetworkPolicySpec.policyTypes': ['Ingress', 'Egress'],
  },
  'io.k8s.api.rbac.v1': {
    'RoleRef.apiGroup': rbacGroup,
  },
  'io.k8s.api.storage.v1': {
    'CSIDriverSpec.fsGroupPolicy': ['File', 'None', 'ReadWriteOnceWithFSType'],
    'StorageClass.reclaimPolicy': ['Delete', 'Retain'],
  },
  'io.k8s.api.discovery.v1': {
    'EndpointPort.protocol': protocol,
    'EndpointSlice.addressType': ['FQDN', 'IPv4', 'IPv6'],
  },
  'io.k8s.api.admissionregistration.v1': {
    'MutatingWebhook.failurePolicy': failurePolicy,
    'MutatingWebhook.matchPolicy': matchPolicy,
    'MutatingWebhook.reinvocationPolicy': ['IfNeeded', 'Never'],
    'ValidatingWebhook.failurePolicy': failurePolicy,
    'ValidatingWebhook.matchPolicy': matchPolicy,
  },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1': {
    'CustomResourceDefinitionSpec.scope': ['Cluster', 'Namespaced'],
  },
  'io.k8s.federation.v1beta1': {
    'ClusterPlacement.state': ['Conflict', 'Failed', 'Pending', 'Synced'],
    'ServiceDNSFacts.health': ['Healthy', 'Unhealthy', 'Unknown'],
    'ServiceDNSPort.protocol': protocol,
  },
}

/** `definition.field` → values. */
export const enums: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(byPackage).flatMap(([prefix, fields]) =>
    Object.entries(fields).map(([field, values]) => [`${prefix}.${field}`, values] as const),
  ),
)
