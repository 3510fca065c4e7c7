import policy from './rbac-1.36.json' with { type: 'json' }

interface PublishedRole {
  readonly namespace?: string
  readonly name: string
  /** Besides those that all of them have. */
  readonly labels?: Readonly<Record<string, string>>
  readonly aggregates?: readonly { readonly matchLabels: Readonly<Record<string, string>> }[]
  readonly rules: readonly Readonly<Record<string, readonly string[]>>[]
}

interface PublishedBinding {
  readonly namespace?: string
  readonly name: string
  readonly role: string
  readonly subjects: readonly {
    readonly kind: string
    readonly namespace?: string
    readonly name: string
  }[]
}

/** The roles and bindings that a kube-apiserver 1.36 makes when it starts, as it shows them. */
export const kubernetesPolicy = policy as unknown as {
  readonly clusterRoles: readonly PublishedRole[]
  readonly clusterRoleBindings: readonly PublishedBinding[]
  readonly roles: readonly PublishedRole[]
  readonly roleBindings: readonly PublishedBinding[]
}
