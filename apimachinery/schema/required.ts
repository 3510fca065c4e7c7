/** Fields that the schema calls required (Go always writes them) but that a server takes empty. `definition.field`. */
export const mayBeEmpty: ReadonlySet<string> = new Set([
  // Judged by the strategy of CustomResourceDefinitions, in its order.
  ...[
    'CustomResourceColumnDefinition.jsonPath',
    'CustomResourceColumnDefinition.name',
    'CustomResourceColumnDefinition.type',
    'CustomResourceDefinitionNames.kind',
    'CustomResourceDefinitionNames.plural',
    'CustomResourceDefinitionSpec.group',
    'CustomResourceDefinitionSpec.scope',
    'CustomResourceDefinitionVersion.name',
    'CustomResourceSubresourceScale.specReplicasPath',
    'CustomResourceSubresourceScale.statusReplicasPath',
    'SelectableField.jsonPath',
    'ValidationRule.rule',
  ].map((field) => `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${field}`),
  'io.k8s.api.core.v1.HTTPHeader.value',
  'io.k8s.api.core.v1.Sysctl.value',
  'io.k8s.api.networking.v1.HTTPIngressPath.pathType',
  'io.k8s.api.rbac.v1.RoleRef.apiGroup',
  'io.k8s.api.rbac.v1.RoleRef.kind',
  'io.k8s.api.rbac.v1.Subject.kind',
  'io.k8s.api.admissionregistration.v1.MutatingWebhook.sideEffects',
  'io.k8s.api.admissionregistration.v1.ValidatingWebhook.sideEffects',
])

/** Fields without which a server refuses the object although the schema does not say so, or lists that must have an element, with what the server says. */
export const mustBeThere: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'io.k8s.api.core.v1.Container': { image: '' },
  'io.k8s.api.core.v1.ContainerPort': { containerPort: '' },
  'io.k8s.api.core.v1.ConfigMapEnvSource': { name: '' },
  'io.k8s.api.core.v1.SecretEnvSource': { name: '' },
  'io.k8s.api.core.v1.ConfigMapVolumeSource': { name: '' },
  'io.k8s.api.core.v1.PersistentVolumeClaimSpec': {
    accessModes: 'at least 1 access mode is required',
  },
  'io.k8s.api.core.v1.PersistentVolumeSpec': { accessModes: '' },
  'io.k8s.api.core.v1.PodSpec': { containers: '' },
  'io.k8s.api.core.v1.SecretVolumeSource': { secretName: '' },
  'io.k8s.api.discovery.v1.Endpoint': { addresses: 'must contain at least 1 address' },
  'io.k8s.api.networking.v1.IngressClassSpec': { controller: '' },
  'io.k8s.api.rbac.v1.PolicyRule': { verbs: 'verbs must contain at least one value' },
  'io.k8s.api.admissionregistration.v1.MutatingWebhook': {
    admissionReviewVersions: 'must specify one of v1, v1beta1',
  },
  'io.k8s.api.admissionregistration.v1.ValidatingWebhook': {
    admissionReviewVersions: 'must specify one of v1, v1beta1',
  },
}
