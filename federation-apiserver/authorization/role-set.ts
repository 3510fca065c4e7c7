import type { JsonObject, ObjectMeta } from '#apimachinery/meta/object-meta.ts'
import {
  fromLabelSelectorObject,
  type LabelSelectorObject,
} from '#apimachinery/selectors/labels.ts'
import { parseServiceAccountUser, type UserInfo } from '../authentication/user-info.ts'
import type { PolicyRule } from './policy-rule.ts'

export interface Subject {
  readonly kind: string
  readonly name: string
  /** Of ServiceAccounts; that of the binding when absent. */
  readonly namespace?: string
}

export interface RoleRef {
  readonly kind: string
  readonly name: string
}

/** A Role, ClusterRole or binding, as stored: without apiVersion and kind. */
export interface RbacObject {
  readonly metadata: Readonly<ObjectMeta>
  readonly [field: string]: unknown
}

export interface RbacObjects {
  readonly roles: readonly RbacObject[]
  readonly clusterRoles: readonly RbacObject[]
  readonly roleBindings: readonly RbacObject[]
  readonly clusterRoleBindings: readonly RbacObject[]
}

/** The rules that one binding gives to one user. */
export interface Grant {
  readonly rules: readonly PolicyRule[]
  /** Which binding of which role to whom, in Kubernetes' words. */
  readonly source: string
}

export interface Grants {
  readonly grants: readonly Grant[]
  /** Roles that bindings of the user name and that do not exist. */
  readonly missing: readonly string[]
}

interface Binding {
  /** '' for ClusterRoleBindings. */
  readonly namespace: string
  readonly title: string
  readonly roleRef: RoleRef
  readonly subjects: readonly Subject[]
}

const nothing: Grants = { grants: [], missing: [] }

const bindingOf = (object: RbacObject): Binding => {
  const { name, namespace = '' } = object.metadata
  return {
    namespace,
    title: namespace === '' ? `ClusterRoleBinding "${name}"` : `RoleBinding "${name}/${namespace}"`,
    roleRef: object['roleRef'] as RoleRef,
    subjects: (object['subjects'] as readonly Subject[] | null | undefined) ?? [],
  }
}

export const rulesOf = (role: Readonly<JsonObject>): readonly PolicyRule[] =>
  (role['rules'] as readonly PolicyRule[] | null | undefined) ?? []

export const selectorsOf = (role: Readonly<JsonObject>): readonly LabelSelectorObject[] => {
  const aggregation = role['aggregationRule'] as
    { clusterRoleSelectors?: readonly LabelSelectorObject[] } | null | undefined
  return aggregation?.clusterRoleSelectors ?? []
}

/** `to User "alice"` and its like, when the subject is the user; undefined otherwise. */
function applies(subject: Subject, user: UserInfo, bindingNamespace: string): string | undefined {
  if (subject.kind === 'User') {
    return subject.name === user.name ? `User "${subject.name}"` : undefined
  }
  if (subject.kind === 'Group') {
    return user.groups.includes(subject.name) ? `Group "${subject.name}"` : undefined
  }
  if (subject.kind !== 'ServiceAccount') return undefined
  const account = parseServiceAccountUser(user.name)
  const namespace = subject.namespace ?? bindingNamespace
  return account?.name === subject.name && account.namespace === namespace
    ? `ServiceAccount "${subject.name}/${namespace}"`
    : undefined
}

/** All roles and bindings of one moment; immutable. What a user may do is worked out once a user and namespace. */
export class RoleSet {
  readonly #roles: ReadonlyMap<string, RbacObject>
  readonly #clusterRoles: ReadonlyMap<string, RbacObject>
  readonly #clusterBindings: readonly Binding[]
  readonly #bindings = new Map<string, Binding[]>()
  readonly #aggregated = new Map<string, readonly PolicyRule[]>()
  readonly #grants = new WeakMap<UserInfo, Map<string, Grants>>()

  constructor(objects: RbacObjects) {
    this.#roles = new Map(
      objects.roles.map((role) => [`${role.metadata.namespace}/${role.metadata.name}`, role]),
    )
    this.#clusterRoles = new Map(objects.clusterRoles.map((role) => [role.metadata.name, role]))
    this.#clusterBindings = objects.clusterRoleBindings.map(bindingOf)
    for (const binding of objects.roleBindings.map(bindingOf)) {
      const known = this.#bindings.get(binding.namespace)
      if (known === undefined) this.#bindings.set(binding.namespace, [binding])
      else known.push(binding)
    }
  }

  /** Rules of a role; undefined when it does not exist. `namespace` is that of the binding. */
  rulesFor(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    if (ref.kind === 'ClusterRole') {
      const role = this.#clusterRoles.get(ref.name)
      return role && this.aggregatedRules(role)
    }
    const role = this.#roles.get(`${namespace}/${ref.name}`)
    return role && rulesOf(role)
  }

  /** Rules of a ClusterRole; those of all that its aggregationRule selects, when it has one. */
  aggregatedRules(role: RbacObject, above: ReadonlySet<string> = new Set()): readonly PolicyRule[] {
    const selectors = selectorsOf(role)
    if (selectors.length === 0) return rulesOf(role)
    const { name } = role.metadata
    const known = this.#aggregated.get(name)
    if (known !== undefined) return known
    const within = new Set([...above, name])
    const rules = new Map<string, PolicyRule>()
    for (const selector of selectors.map((s) => fromLabelSelectorObject(s))) {
      for (const other of this.#clusterRoles.values()) {
        if (within.has(other.metadata.name)) continue
        if (!selector.matches(other.metadata.labels ?? {})) continue
        for (const rule of this.aggregatedRules(other, within)) {
          rules.set(JSON.stringify(rule), rule)
        }
      }
    }
    const all = [...rules.values()]
    // Below another one a role that is part of a circle is not seen whole.
    if (above.size === 0) this.#aggregated.set(name, all)
    return all
  }

  /** What bindings for the whole cluster give to a user (`namespace` ''), or those of one namespace. */
  grantsIn(namespace: string, user: UserInfo): Grants {
    let byNamespace = this.#grants.get(user)
    if (byNamespace === undefined) this.#grants.set(user, (byNamespace = new Map()))
    const known = byNamespace.get(namespace)
    if (known !== undefined) return known
    const bindings = namespace === '' ? this.#clusterBindings : this.#bindings.get(namespace)
    // Remembered for namespaces with bindings only: what others are called is up to whoever asks.
    if (bindings === undefined) return nothing
    const made = this.#resolve(bindings, user)
    byNamespace.set(namespace, made)
    return made
  }

  #resolve(bindings: readonly Binding[], user: UserInfo): Grants {
    const grants: Grant[] = []
    const missing: string[] = []
    for (const { namespace, title, roleRef, subjects } of bindings) {
      const to = subjects.map((subject) => applies(subject, user, namespace)).find(Boolean)
      if (to === undefined) continue
      const rules = this.rulesFor(roleRef, namespace)
      if (rules === undefined) {
        const kind = roleRef.kind.toLowerCase()
        missing.push(`${kind}.rbac.authorization.k8s.io "${roleRef.name}" not found`)
      } else {
        grants.push({ rules, source: `${title} of ${roleRef.kind} "${roleRef.name}" to ${to}` })
      }
    }
    return grants.length + missing.length === 0 ? nothing : { grants, missing }
  }
}
