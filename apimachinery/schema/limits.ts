/** Least and greatest value of a number; `port` is 1–65535. An int-or-string is checked when it is a number. */
export type Limit = 'port' | 'atLeast0' | 'above0' | { readonly min: number; readonly max: number }

const byPackage: Record<string, Record<string, Limit>> = {
  'io.k8s.api.core.v1': {
    'EndpointPort.port': 'port',
    'GRPCAction.port': 'port',
    'HTTPGetAction.port': 'port',
    'PodSpec.activeDeadlineSeconds': { min: 1, max: 2147483647 },
    'Probe.failureThreshold': 'atLeast0',
    'Probe.initialDelaySeconds': 'atLeast0',
    'Probe.periodSeconds': 'atLeast0',
    'Probe.timeoutSeconds': 'atLeast0',
    'ReplicationControllerSpec.minReadySeconds': 'atLeast0',
    'ReplicationControllerSpec.replicas': 'atLeast0',
    'ServicePort.port': 'port',
    'ServicePort.targetPort': 'port',
    'TCPSocketAction.port': 'port',
  },
  'io.k8s.api.apps.v1': {
    'DaemonSetSpec.minReadySeconds': 'atLeast0',
    'DaemonSetSpec.revisionHistoryLimit': 'atLeast0',
    'DeploymentSpec.minReadySeconds': 'atLeast0',
    'DeploymentSpec.replicas': 'atLeast0',
    'DeploymentSpec.revisionHistoryLimit': 'atLeast0',
    'ReplicaSetSpec.minReadySeconds': 'atLeast0',
    'ReplicaSetSpec.replicas': 'atLeast0',
    'StatefulSetSpec.minReadySeconds': 'atLeast0',
    'StatefulSetSpec.replicas': 'atLeast0',
  },
  'io.k8s.api.autoscaling.v1': { 'ScaleSpec.replicas': 'atLeast0' },
  'io.k8s.api.batch.v1': {
    'CronJobSpec.failedJobsHistoryLimit': 'atLeast0',
    'CronJobSpec.startingDeadlineSeconds': 'atLeast0',
    'CronJobSpec.successfulJobsHistoryLimit': 'atLeast0',
    'JobSpec.activeDeadlineSeconds': 'atLeast0',
    'JobSpec.backoffLimit': 'atLeast0',
    'JobSpec.completions': 'atLeast0',
    'JobSpec.parallelism': 'atLeast0',
    'JobSpec.ttlSecondsAfterFinished': 'atLeast0',
  },
  'io.k8s.api.coordination.v1': {
    'LeaseSpec.leaseDurationSeconds': 'above0',
    'LeaseSpec.leaseTransitions': 'atLeast0',
  },
  'io.k8s.api.networking.v1': {
    'NetworkPolicyPort.port': 'port',
  },
  'io.k8s.api.policy.v1': {
    'PodDisruptionBudgetSpec.maxUnavailable': 'atLeast0',
    'PodDisruptionBudgetSpec.minAvailable': 'atLeast0',
  },
  'io.k8s.federation.v1beta1': {
    'ClusterPlacement.replicas': 'atLeast0',
    'ServiceDNSFacts.readyEndpoints': 'atLeast0',
    'ServiceDNSPort.port': 'port',
    'ServiceDNSRecordSpec.recordTTL': 'atLeast0',
  },
}

/** `definition.field` → limit. */
export const limits: ReadonlyMap<string, Limit> = new Map(
  Object.entries(byPackage).flatMap(([prefix, fields]) =>
    Object.entries(fields).map(([field, limit]) => [`${prefix}.${field}`, limit] as const),
  ),
)
