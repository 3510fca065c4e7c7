import type { JsonObject } from '../meta/object-meta.ts'
import { noteEmptied, valueOrEmptied } from '../scheme/emptied.ts'
import { requestForWholePod } from './pod-resources.ts'

/** Annotation of DaemonSets: how often their template changed. */
export const templateGeneration = 'deprecated.daemonset.template.generation'

/**
 * What a Kubernetes 1.36 server fills in: by definition, the fixed values of absent fields, then what depends on other fields.
 * Rules run from the outside in, after absent structs have been made `{}` where Go has no pointer. Fields that admission or a controller
 * fills (cluster IPs, tolerations, service accounts, namespace finalizers) are not here.
 */
export interface DefaultRule {
  /** Copied into absent fields. */
  readonly values?: JsonObject
  /** Runs after `values`; changes the object in place. */
  readonly more?: (object: JsonObject) => void
}

const object = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
const objects = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.map(object).filter((item) => item !== undefined) : []
const absent = (value: unknown): boolean => value === undefined || value === '' || value === 0
const isOneOf = (value: unknown, ...options: string[]): boolean =>
  typeof value === 'string' && options.includes(value)

const reference =
  /^([A-Za-z0-9]+(-+[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-+[A-Za-z0-9]+)*)*(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?$/

/** With what is put before names that have no registry a name has 255 characters at most; 64 hexadecimal digits are an id. */
const isReference = (name: string): boolean =>
  reference.test(name) && !/^[0-9a-f]{64}$/.test(name) && name.length <= 237

/** `Always` for the tag latest and for no tag, else `IfNotPresent`, also for what is no reference to an image. */
function imagePullPolicy(image: unknown): string {
  const name = typeof image === 'string' ? image : ''
  if (name.includes('@')) return 'IfNotPresent'
  if (!isReference(name)) return 'IfNotPresent'
  const tag = /:([^:/]+)$/.exec(name)?.[1] ?? 'latest'
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

const container: DefaultRule = {
  values: { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' },
  more: (o) => {
    o['imagePullPolicy'] ??= imagePullPolicy(o['image'])
  },
}

/** The first of a node's podCIDRs is its podCIDR; clients give either, and that one counts. */
function firstCIDR(node: JsonObject): void {
  const { podCIDR } = node
  const [first] = Array.isArray(node['podCIDRs']) ? (node['podCIDRs'] as unknown[]) : []
  if (podCIDR === undefined) {
    if (first !== undefined) node['podCIDR'] = first
  } else if (podCIDR !== first) node['podCIDRs'] = [podCIDR]
}

/** On the host's network a container port is a host port. */
function hostPorts(podSpec: JsonObject): void {
  if (podSpec['hostNetwork'] !== true) return
  for (const field of ['containers', 'initContainers']) {
    for (const port of objects(podSpec[field]).flatMap((c) => objects(c['ports']))) {
      port['hostPort'] ??= port['containerPort']
    }
  }
}

/** How a strategy rolls, if it does. */
const rolling =
  (values: JsonObject) =>
  (strategy: JsonObject): void => {
    if (strategy['type'] !== 'RollingUpdate') return
    strategy['rollingUpdate'] = { ...values, ...object(strategy['rollingUpdate']) }
  }

/** A limit without a request is requested. */
function requestsFromLimits(pod: JsonObject): void {
  const spec = object(pod['spec'])
  if (spec === undefined) return
  spec['enableServiceLinks'] ??= true
  for (const field of ['containers', 'initContainers']) {
    for (const item of objects(spec[field])) {
      const resources = object(item['resources'])
      const limits = object(resources?.['limits'])
      if (resources === undefined) continue
      if (limits === undefined) {
        if (valueOrEmptied(resources, 'limits') !== null) noteEmptied(resources, 'requests', {})
        continue
      }
      resources['requests'] = { ...limits, ...object(resources['requests']) }
    }
  }
  requestForWholePod(spec)
}

/** stringData is for writing only: its texts become data. */
function stringData(secret: JsonObject): void {
  const texts = object(secret['stringData'])
  if (texts === undefined) return
  const data = Object.entries(texts).map(([key, text]) => [key, base64(String(text))] as const)
  secret['data'] = { ...object(secret['data']), ...Object.fromEntries(data) }
  delete secret['stringData']
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

function service(spec: JsonObject): void {
  if (spec['sessionAffinity'] === 'ClientIP') {
    const config = object((spec['sessionAffinityConfig'] ??= {}))
    const clientIP = object(config === undefined ? undefined : (config['clientIP'] ??= {}))
    if (clientIP !== undefined) clientIP['timeoutSeconds'] ??= 10800
  } else delete spec['sessionAffinityConfig']
  const { type } = spec
  if (isOneOf(type, 'NodePort', 'LoadBalancer') || hasExternalIPs(spec)) {
    if (type !== 'ExternalName') spec['externalTrafficPolicy'] ??= 'Cluster'
  }
  if (isOneOf(type, 'ClusterIP', 'NodePort', 'LoadBalancer')) {
    spec['internalTrafficPolicy'] ??= 'Cluster'
  }
  if (type === 'LoadBalancer') spec['allocateLoadBalancerNodePorts'] ??= true
}

const hasExternalIPs = (spec: JsonObject): boolean =>
  Array.isArray(spec['externalIPs']) && spec['externalIPs'].length > 0

function job(o: JsonObject): void {
  const spec = object(o['spec'])
  if (spec === undefined) return
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) {
    spec['completions'] = 1
  }
  for (const [field, value] of Object.entries({
    parallelism: 1,
    // Each index has its own.
    backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : 2 ** 31 - 1,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
  })) {
    spec[field] ??= value
  }
  labelsFromTemplate(o, spec)
}

/** The same map in both places: what a server adds to the template's is added to both, as in Kubernetes. */
function labelsFromTemplate(o: JsonObject, spec: JsonObject): void {
  const labels = object(object(object(spec['template'])?.['metadata'])?.['labels'])
  const meta = object(o['metadata'])
  if (labels !== undefined && meta !== undefined) meta['labels'] ??= labels
}

function replicationController(o: JsonObject): void {
  const spec = object(o['spec'])
  if (spec === undefined) return
  const labels = object(object(object(spec['template'])?.['metadata'])?.['labels'])
  if (labels !== undefined) spec['selector'] ??= { ...labels }
  labelsFromTemplate(o, spec)
}

const scalingRules = (o: JsonObject, values: JsonObject): void => {
  for (const [field, value] of Object.entries(values)) {
    // No policies at all are told of, and not filled in.
    if (valueOrEmptied(o, field) === null) o[field] = structuredClone(value)
  }
}

function behavior(o: JsonObject): void {
  const pods = { type: 'Pods', value: 4, periodSeconds: 15 }
  const percent = { type: 'Percent', value: 100, periodSeconds: 15 }
  const up = object((o['scaleUp'] ??= {}))
  const down = object((o['scaleDown'] ??= {}))
  if (up !== undefined) {
    scalingRules(up, {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [pods, percent],
    })
  }
  if (down !== undefined) scalingRules(down, { selectPolicy: 'Max', policies: [percent] })
}

function limitRangeItem(o: JsonObject): void {
  if (o['type'] !== 'Container') return
  const limits = { ...object(o['max']), ...object(o['default']) }
  const requests = { ...object(o['min']), ...limits, ...object(o['defaultRequest']) }
  if (Object.keys(limits).length > 0) o['default'] = limits
  if (Object.keys(requests).length > 0) o['defaultRequest'] = requests
}

const rbacGroup = 'rbac.authorization.k8s.io'

const core: Record<string, DefaultRule> = {
  AzureDiskVolumeSource: {
    values: { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false },
  },
  ConfigMapVolumeSource: { values: { defaultMode: 420 } },
  Container: container,
  ContainerPort: { values: { protocol: 'TCP' } },
  DownwardAPIVolumeSource: { values: { defaultMode: 420 } },
  EndpointPort: { values: { protocol: 'TCP' } },
  EphemeralContainer: container,
  GRPCAction: { values: { service: '' } },
  ImageVolumeSource: {
    more: (o) => {
      o['pullPolicy'] ??= imagePullPolicy(o['reference'])
    },
  },
  HTTPGetAction: { values: { path: '/', scheme: 'HTTP' } },
  HostPathVolumeSource: { values: { type: '' } },
  ISCSIPersistentVolumeSource: { values: { iscsiInterface: 'default' } },
  ISCSIVolumeSource: { values: { iscsiInterface: 'default' } },
  LimitRangeItem: { more: limitRangeItem },
  LoadBalancerIngress: {
    more: (o) => {
      if (!absent(o['ip'])) o['ipMode'] ??= 'VIP'
    },
  },
  Namespace: {
    more: (o) => {
      const meta = object(o['metadata'])
      if (meta === undefined || absent(meta['name'])) return
      const labels = object((meta['labels'] ??= {}))
      if (labels !== undefined) labels['kubernetes.io/metadata.name'] ??= meta['name']
    },
  },
  NamespaceStatus: { values: { phase: 'Active' } },
  PodStatus: {
    // Older kubelets know one address only.
    more: (o) => {
      const { podIP, podIPs } = o
      const first = objects(podIPs)[0]?.['ip']
      if (absent(podIP)) {
        if (!absent(first)) o['podIP'] = first
      } else if (first !== podIP) o['podIPs'] = [{ ip: podIP }]
    },
  },
  NodeStatus: {
    more: (o) => {
      const capacity = object(o['capacity'])
      if (capacity !== undefined) o['allocatable'] ??= { ...capacity }
    },
  },
  ObjectFieldSelector: { values: { apiVersion: 'v1' } },
  PersistentVolumeClaimSpec: { values: { volumeMode: 'Filesystem' } },
  PersistentVolumeClaimStatus: { values: { phase: 'Pending' } },
  // Not the specs that VolumeAttachments have inside.
  PersistentVolume: {
    more: ({ spec }) => {
      const given = object(spec)
      if (given === undefined) return
      given['persistentVolumeReclaimPolicy'] ??= 'Retain'
      given['volumeMode'] ??= 'Filesystem'
    },
  },
  PersistentVolumeStatus: { values: { phase: 'Pending' } },
  Pod: { more: requestsFromLimits },
  PodSpec: {
    values: {
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      securityContext: {},
    },
    more: (o) => {
      hostPorts(o)
      if (!absent(o['serviceAccountName'])) o['serviceAccount'] = o['serviceAccountName']
      else if (!absent(o['serviceAccount'])) o['serviceAccountName'] = o['serviceAccount']
    },
  },
  Probe: {
    values: { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  },
  ProjectedVolumeSource: { values: { defaultMode: 420 } },
  RBDPersistentVolumeSource: {
    values: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  },
  FileKeySelector: { values: { optional: false } },
  NodeSpec: { more: firstCIDR },
  RBDVolumeSource: { values: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' } },
  ReplicationController: { more: replicationController },
  ReplicationControllerSpec: { values: { replicas: 1 } },
  ScaleIOPersistentVolumeSource: { values: { storageMode: 'ThinProvisioned', fsType: 'xfs' } },
  ScaleIOVolumeSource: { values: { storageMode: 'ThinProvisioned', fsType: 'xfs' } },
  Secret: { values: { type: 'Opaque' }, more: stringData },
  SecretVolumeSource: { values: { defaultMode: 420 } },
  ServiceAccountTokenProjection: { values: { expirationSeconds: 3600 } },
  ServicePort: {
    values: { protocol: 'TCP' },
    more: (o) => {
      if (absent(o['targetPort'])) o['targetPort'] = o['port']
    },
  },
  ServiceSpec: { values: { type: 'ClusterIP', sessionAffinity: 'None' }, more: service },
  Volume: {
    more: (o) => {
      if (Object.keys(o).every((key) => key === 'name')) o['emptyDir'] = {}
    },
  },
}

const apps: Record<string, DefaultRule> = {
  DaemonSet: {
    more: (o) => {
      // What is left of spec.templateGeneration of extensions/v1beta1: the server counts it.
      const metadata = (o['metadata'] ??= {}) as JsonObject
      const annotations = (metadata['annotations'] ??= {}) as JsonObject
      annotations[templateGeneration] ??= '0'
    },
  },
  DaemonSetSpec: { values: { revisionHistoryLimit: 10 } },
  DaemonSetUpdateStrategy: {
    values: { type: 'RollingUpdate' },
    more: rolling({ maxUnavailable: 1, maxSurge: 0 }),
  },
  DeploymentSpec: {
    values: { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 },
  },
  DeploymentStrategy: {
    values: { type: 'RollingUpdate' },
    more: rolling({ maxUnavailable: '25%', maxSurge: '25%' }),
  },
  ReplicaSetSpec: { values: { replicas: 1 } },
  RollingUpdateStatefulSetStrategy: { values: { partition: 0 } },
  StatefulSetSpec: {
    more: (o) => {
      for (const claim of objects(o['volumeClaimTemplates'])) {
        claim['kind'] = 'PersistentVolumeClaim'
        claim['apiVersion'] = 'v1'
      }
    },
    values: {
      podManagementPolicy: 'OrderedReady',
      replicas: 1,
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: {},
    },
  },
  StatefulSetPersistentVolumeClaimRetentionPolicy: {
    values: { whenDeleted: 'Retain', whenScaled: 'Retain' },
  },
  StatefulSetUpdateStrategy: {
    more: (o) => {
      if (o['type'] !== undefined) return
      o['type'] = 'RollingUpdate'
      o['rollingUpdate'] ??= {}
    },
  },
}

const batch: Record<string, DefaultRule> = {
  CronJobSpec: {
    values: {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    },
  },
  Job: { more: job },
  PodFailurePolicyOnPodConditionsPattern: {
    more: (o) => {
      if (absent(o['status'])) o['status'] = 'True'
    },
  },
}

const autoscaling: Record<string, DefaultRule> = {
  HorizontalPodAutoscalerSpec: {
    values: {
      minReplicas: 1,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
        },
      ],
    },
  },
  HorizontalPodAutoscalerBehavior: { more: behavior },
}

const networking: Record<string, DefaultRule> = {
  IngressClassParametersReference: { values: { scope: 'Cluster' } },
  NetworkPolicyPort: { values: { protocol: 'TCP' } },
  NetworkPolicySpec: {
    more: (o) => {
      const egress = Array.isArray(o['egress']) && o['egress'].length > 0
      o['policyTypes'] ??= egress ? ['Ingress', 'Egress'] : ['Ingress']
    },
  },
}

const rbac: Record<string, DefaultRule> = {
  RoleRef: {
    more: (o) => {
      o['apiGroup'] ||= rbacGroup
    },
  },
  Subject: {
    more: (o) => {
      if (isOneOf(o['kind'], 'User', 'Group')) o['apiGroup'] ||= rbacGroup
    },
  },
}

const storage: Record<string, DefaultRule> = {
  CSIDriverSpec: {
    values: {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    },
  },
  StorageClass: { values: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' } },
}

const webhook: DefaultRule = {
  values: {
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
  },
}

const admissionregistration: Record<string, DefaultRule> = {
  MatchResources: {
    values: { namespaceSelector: {}, objectSelector: {}, matchPolicy: 'Equivalent' },
  },
  MutatingAdmissionPolicySpec: { values: { failurePolicy: 'Fail' } },
  MutatingWebhook: { values: { ...webhook.values, reinvocationPolicy: 'Never' } },
  NamedRuleWithOperations: { values: { scope: '*' } },
  RuleWithOperations: { values: { scope: '*' } },
  ServiceReference: { values: { port: 443 } },
  ValidatingAdmissionPolicySpec: { values: { failurePolicy: 'Fail' } },
  ValidatingWebhook: webhook,
}

function crdNames(o: JsonObject): void {
  const kind = typeof o['kind'] === 'string' ? o['kind'] : ''
  if (kind === '') return
  o['singular'] ??= kind.toLowerCase()
  o['listKind'] ??= `${kind}List`
}

function storedVersions(crd: JsonObject): void {
  const status = object(crd['status'])
  const stored = objects(object(crd['spec'])?.['versions']).filter((v) => v['storage'] === true)
  if (status !== undefined) status['storedVersions'] ??= stored.map((v) => v['name'])
}

const apiextensions: Record<string, DefaultRule> = {
  CustomResourceDefinition: { more: storedVersions },
  CustomResourceDefinitionNames: { more: crdNames },
  CustomResourceDefinitionSpec: { values: { conversion: { strategy: 'None' } } },
  ServiceReference: { values: { port: 443 } },
}

/** Values for absent numbers and for 0. */
const instead =
  (values: Readonly<Record<string, number>>) =>
  (o: JsonObject): void => {
    for (const [field, value] of Object.entries(values)) o[field] ||= value
  }

const flowcontrol: Record<string, DefaultRule> = {
  FlowSchemaSpec: { more: instead({ matchingPrecedence: 1000 }) },
  ExemptPriorityLevelConfiguration: {
    values: { nominalConcurrencyShares: 0, lendablePercent: 0 },
  },
  LimitedPriorityLevelConfiguration: {
    values: { nominalConcurrencyShares: 30, lendablePercent: 0 },
  },
  QueuingConfiguration: { more: instead({ queues: 64, handSize: 8, queueLengthLimit: 50 }) },
}

const oneDevice: DefaultRule = {
  values: { allocationMode: 'ExactCount' },
  more: (o) => {
    if (o['allocationMode'] === 'ExactCount') o['count'] ??= 1
  },
}

const resource: Record<string, DefaultRule> = {
  DeviceSubRequest: oneDevice,
  DeviceToleration: { values: { operator: 'Equal' } },
  ExactDeviceRequest: oneDevice,
}

const prefixed = (prefix: string, rules: Record<string, DefaultRule>): [string, DefaultRule][] =>
  Object.entries(rules).map(([name, rule]) => [`${prefix}.${name}`, rule])

/** Rules by definition name. */
export const defaults: ReadonlyMap<string, DefaultRule> = new Map([
  ...prefixed('io.k8s.api.core.v1', core),
  ...prefixed('io.k8s.api.apps.v1', apps),
  ...prefixed('io.k8s.api.batch.v1', batch),
  ...prefixed('io.k8s.api.autoscaling.v1', {
    HorizontalPodAutoscalerSpec: { values: { minReplicas: 1, targetCPUUtilizationPercentage: 80 } },
  }),
  ...prefixed('io.k8s.api.autoscaling.v2', autoscaling),
  ...prefixed('io.k8s.api.networking.v1', networking),
  ...prefixed('io.k8s.api.rbac.v1', rbac),
  ...prefixed('io.k8s.api.storage.v1', storage),
  ...prefixed('io.k8s.api.discovery.v1', {
    EndpointPort: { values: { name: '', protocol: 'TCP' } },
  }),
  ...prefixed('io.k8s.api.scheduling.v1', {
    PriorityClass: { values: { preemptionPolicy: 'PreemptLowerPriority' } },
  }),
  ...prefixed('io.k8s.api.authentication.v1', {
    TokenRequestSpec: { values: { expirationSeconds: 3600 } },
  }),
  ...prefixed('io.k8s.api.admissionregistration.v1', admissionregistration),
  ...prefixed('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1', apiextensions),
  ...prefixed('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1', {
    ServiceReference: { values: { port: 443 } },
  }),
  ...prefixed('io.k8s.api.flowcontrol.v1', flowcontrol),
  ...prefixed('io.k8s.api.resource.v1', resource),
])
