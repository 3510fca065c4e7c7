import type { Logger } from 'pino'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { WriteOptions } from '../registry/store-context.ts'
import { isEqual } from '../registry/equality.ts'
import type { BootstrapBinding, BootstrapPolicy, BootstrapRole } from './bootstrap-policy.ts'
import { coversAll } from './escalation.ts'
import { rulesOf, RoleSet, selectorsOf, type Subject } from './role-set.ts'
import type { RbacStores } from './rule-source.ts'

const apiGroup = 'rbac.authorization.k8s.io'
const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate'

interface Context {
  readonly stores: RbacStores
  /** Options of the server's own writes. */
  readonly write: WriteOptions
}

const metadataOf = ({
  namespace,
  name,
  labels,
}: BootstrapRole | (BootstrapBinding & { readonly labels?: undefined })) => ({
  ...(namespace !== undefined && { namespace }),
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { [autoUpdate]: 'true' },
})

const newRole = (role: BootstrapRole): ApiObject => ({
  apiVersion: `${apiGroup}/v1`,
  kind: role.namespace === undefined ? 'ClusterRole' : 'Role',
  metadata: metadataOf(role),
  ...(role.aggregates && { aggregationRule: { clusterRoleSelectors: role.aggregates } }),
  rules: [...role.rules],
})

const fullSubject = (subject: Subject): Subject & { readonly apiGroup?: string } =>
  subject.kind === 'ServiceAccount' ? subject : { apiGroup, ...subject }

const newBinding = (binding: BootstrapBinding): ApiObject => {
  const kind = binding.namespace === undefined ? 'ClusterRole' : 'Role'
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: `${kind}Binding`,
    metadata: metadataOf(binding),
    roleRef: { apiGroup, kind, name: binding.role },
    ...(binding.subjects.length > 0 && { subjects: binding.subjects.map(fullSubject) }),
  }
}

/** Missing rules are added; what somebody else added stays. */
function completedRole(current: ApiObject, wanted: ApiObject): ApiObject {
  const held = rulesOf(current)
  const lacking = rulesOf(wanted).filter((rule) => !coversAll(held, [rule]))
  const selectors = selectorsOf(current)
  const lackingSelectors = selectorsOf(wanted).filter(
    (selector) => !selectors.some((known) => isEqual(known, selector)),
  )
  return {
    ...current,
    metadata: {
      ...current.metadata,
      labels: { ...current.metadata.labels, ...wanted.metadata.labels },
    },
    rules: [...held, ...lacking],
    ...(selectors.length + lackingSelectors.length > 0 && {
      aggregationRule: { clusterRoleSelectors: [...selectors, ...lackingSelectors] },
    }),
  }
}

function completedBinding(current: ApiObject, wanted: ApiObject): ApiObject {
  const held = (current['subjects'] as Subject[] | null | undefined) ?? []
  const lacking = ((wanted['subjects'] as Subject[] | undefined) ?? []).filter(
    ({ kind, name }) => !held.some((subject) => subject.kind === kind && subject.name === name),
  )
  return lacking.length === 0 ? current : { ...current, subjects: [...held, ...lacking] }
}

const storeNames = {
  Role: 'roles',
  ClusterRole: 'clusterRoles',
  RoleBinding: 'roleBindings',
  ClusterRoleBinding: 'clusterRoleBindings',
} as const

/** Creates the object, or completes the one that is there unless its owner has turned that off. */
async function ensure({ stores, write }: Context, wanted: ApiObject): Promise<void> {
  const { kind, apiVersion } = wanted
  const { namespace = '', name } = wanted.metadata
  const complete = 'rules' in wanted ? completedRole : completedBinding
  await stores[storeNames[kind as keyof typeof storeNames]].update(
    { namespace, name },
    (current) => {
      if (current === undefined) return structuredClone(wanted)
      const object: ApiObject = structuredClone({ ...current.object, kind, apiVersion })
      if (object.metadata.annotations?.[autoUpdate] === 'false') return object
      return complete(object, wanted)
    },
    { ...write, namespace },
  )
}

/** Brings the default roles and bindings into storage; to be done at every start, before the first request. */
export async function reconcilePolicy(context: Context, policy: BootstrapPolicy): Promise<void> {
  const wanted = [...policy.roles.map(newRole), ...policy.bindings.map(newBinding)]
  await Promise.all(wanted.map((object) => ensure(context, object)))
  await fillAggregatedRoles(context)
}

/**
 * Writes into every ClusterRole with an aggregationRule what it adds up to, for people and programs that read it: authorization itself
 * adds up anew with every change.
 */
export async function fillAggregatedRoles({ stores, write }: Context): Promise<void> {
  const { items } = await stores.clusterRoles.list('', { freshness: 'any' })
  const clusterRoles = items.map((item) => item.object)
  const set = new RoleSet({
    clusterRoles,
    roles: [],
    roleBindings: [],
    clusterRoleBindings: [],
  })
  for (const { metadata, ...role } of clusterRoles) {
    const rules = set.aggregatedRules({ metadata, ...role })
    if (selectorsOf(role).length === 0 || isEqual(rules, rulesOf(role))) continue
    await stores.clusterRoles.update(
      { namespace: '', name: metadata.name },
      (current) => ({
        ...structuredClone({
          ...role,
          ...current?.object,
          metadata: current?.object.metadata ?? metadata,
        }),
        apiVersion: `${apiGroup}/v1`,
        kind: 'ClusterRole',
        rules: [...rules],
      }),
      write,
    )
  }
}

/** Keeps aggregated roles filled until the signal aborts. */
export async function keepAggregatedRoles(
  context: Context,
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Logger },
): Promise<void> {
  const store = context.stores.clusterRoles
  while (!signal.aborted) {
    try {
      const { revision } = await store.list('', { freshness: 'any', limit: 1, signal })
      await fillAggregatedRoles(context)
      for await (const _ of store.watch('', revision, { signal }))
        await fillAggregatedRoles(context)
    } catch (err) {
      if (signal.aborted) return
      logger.warn({ err }, 'aggregated roles could not be filled')
      await new Promise((resolve) => setTimeout(resolve, 1000).unref())
    }
  }
}
