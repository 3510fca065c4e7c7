/**
 * How the types that a Kubernetes server works with differ from the published ones. Messages show objects in them: every field, by its Go name,
 * in Go's order.
 */

const volumeSources =
  'gcePersistentDisk awsElasticBlockStore hostPath glusterfs nfs rbd quobyte iscsi flexVolume cinder cephfs fc flocker azureFile vsphereVolume azureDisk photonPersistentDisk portworxVolume scaleIO local storageos csi'

/** What a PersistentVolume can be made of: a struct of its own inside, fields of the spec outside. */
export const persistentVolumeSources: readonly string[] = volumeSources.split(' ')

const ofCore = Object.fromEntries(
  Object.entries({
    Container:
      'name image command args workingDir ports envFrom env resources resizePolicy restartPolicy restartPolicyRules volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty',
    EphemeralContainer:
      'name image command args workingDir ports envFrom env resources resizePolicy restartPolicy restartPolicyRules volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty targetContainerName',
    ISCSIVolumeSource:
      'targetPortal iqn lun iscsiInterface fsType readOnly portals chapAuthDiscovery chapAuthSession secretRef initiatorName',
    ISCSIPersistentVolumeSource:
      'targetPortal iqn lun iscsiInterface fsType readOnly portals chapAuthDiscovery chapAuthSession secretRef initiatorName',
    PersistentVolumeClaimSpec:
      'accessModes selector resources volumeName storageClassName volumeMode dataSource dataSourceRef volumeAttributesClassName',
    PersistentVolumeSpec: `capacity ${volumeSources} accessModes claimRef persistentVolumeReclaimPolicy storageClassName mountOptions volumeMode nodeAffinity volumeAttributesClassName`,
    PersistentVolumeSource: volumeSources,
    PodSecurityContext:
      'hostNetwork hostPID hostIPC shareProcessNamespace hostUsers seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup fsGroupChangePolicy sysctls seccompProfile appArmorProfile seLinuxChangePolicy',
    PodSpec:
      'volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName automountServiceAccountToken nodeName securityContext imagePullSecrets hostname subdomain setHostnameAsFQDN affinity schedulerName tolerations hostAliases priorityClassName priority preemptionPolicy dnsConfig readinessGates runtimeClassName overhead enableServiceLinks topologySpreadConstraints os schedulingGates resourceClaims resources hostnameOverride schedulingGroup',
    SecurityContext:
      'capabilities privileged seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount seccompProfile appArmorProfile',
    Volume:
      'name hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs persistentVolumeClaim rbd quobyte flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap vsphereVolume azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral image',
    VolumeMount: 'name readOnly recursiveReadOnly mountPath subPath mountPropagation subPathExpr',
  }).map(([name, fields]) => [`io.k8s.api.core.v1.${name}`, fields.split(' ')]),
)

/** Fields in their order, by published definition, where that is another one. A field that is not named here is not in the internal type. */
export const internalFields: Readonly<Record<string, readonly string[]>> = {
  ...ofCore,
  'io.k8s.api.autoscaling.v2.HPAScalingRules':
    'stabilizationWindowSeconds selectPolicy policies tolerance'.split(' '),
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference':
    'apiVersion kind name uid controller blockOwnerDeletion'.split(' '),
}

/** Fields of a pod's spec that the internal type has in its security context. */
export const hostFields = [
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'shareProcessNamespace',
  'hostUsers',
] as const

const rbdNames = (struct: string): Readonly<Record<string, string>> => ({
  [`${struct}.monitors`]: 'CephMonitors',
  [`${struct}.image`]: 'RBDImage',
  [`${struct}.pool`]: 'RBDPool',
  [`${struct}.user`]: 'RadosUser',
})

/** Go names that are not the JSON name with a capital, or with its first word in capitals: by field, or by struct and field. */
export const goNames: Readonly<Record<string, string>> = {
  seLinuxOptions: 'SELinuxOptions',
  seLinuxChangePolicy: 'SELinuxChangePolicy',
  cephfs: 'CephFS',
  storageos: 'StorageOS',
  chapAuthDiscovery: 'DiscoveryCHAPAuth',
  chapAuthSession: 'SessionCHAPAuth',
  diskURI: 'DataDiskURI',
  targetWWNs: 'TargetWWNs',
  wwids: 'WWIDs',
  ...rbdNames('RBDVolumeSource'),
  ...rbdNames('RBDPersistentVolumeSource'),
  'GlusterfsVolumeSource.endpoints': 'EndpointsName',
  'GlusterfsPersistentVolumeSource.endpoints': 'EndpointsName',
  'PhotonPersistentDiskVolumeSource.pdID': 'PdID',
}

/** First words of names that Go has in capitals. */
export const initialisms: ReadonlySet<string> = new Set(
  'api aws cel cidr csi dns fc fs gce gmsa grpc http ip iqn iscsi nfs os pd rbd ssl tcp tty uid url'.split(
    ' ',
  ),
)
