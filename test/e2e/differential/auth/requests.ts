import type { Request } from '../area.ts'

type Headers = NonNullable<Request['headers']>

/** Sent as another user, as far as the administrator's own rights allow it. */
export const as = (user: string, ...groups: string[]): Headers => ({
  'impersonate-user': user,
  ...(groups.length > 0 && { 'impersonate-group': groups }),
})

export const post = (path: string, body: unknown, headers: Headers = {}): Request => ({
  method: 'POST',
  path,
  body,
  headers,
})

export const put = (path: string, body: unknown, headers: Headers = {}): Request => ({
  method: 'PUT',
  path,
  body,
  headers,
})

export const mergePatch = (path: string, body: unknown, headers: Headers = {}): Request => ({
  method: 'PATCH',
  path,
  body,
  headers: { 'content-type': 'application/merge-patch+json', ...headers },
})

export const remove = (path: string, headers: Headers = {}): Request => ({
  method: 'DELETE',
  path,
  headers,
})

export const get = (path: string, headers: Headers = {}): Request => ({ path, headers })

export const rbac = '/apis/rbac.authorization.k8s.io/v1'
export const rbacIn = (namespace: string): string => `${rbac}/namespaces/${namespace}`

const apiGroup = 'rbac.authorization.k8s.io'

export const roleRef = (kind: string, name: string): object => ({ apiGroup, kind, name })

export const userSubject = (name: string): object => ({ apiGroup, kind: 'User', name })

export const groupSubject = (name: string): object => ({ apiGroup, kind: 'Group', name })

export interface Rule {
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly verbs?: readonly string[]
}

/** Verbs on resources of one group. */
export const rule = (verbs: string, group: string, resources: string, names = ''): Rule => ({
  apiGroups: [group],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
  ...(names !== '' && { resourceNames: names.split(' ') }),
})

export const paths = (verbs: string, urls: string): Rule => ({
  nonResourceURLs: urls.split(' '),
  verbs: verbs.split(' '),
})

/** Asked until the user has a right, or no more: servers learn of roles and bindings a moment after they are written. */
export const settled = (
  user: string,
  right: {
    readonly verb: string
    readonly group?: string
    readonly resource: string
    readonly name?: string
  },
  allowed = true,
): Request => ({
  ...post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    spec: { user, resourceAttributes: { namespace: '{ns}', ...right } },
  }),
  until: ({ body }) => (body as { status?: { allowed?: boolean } }).status?.allowed === allowed,
})

/** The first right that rules give, to wait for. */
function firstRight(user: string, [first]: readonly Rule[], everywhere: boolean): Request {
  const one = (list: readonly string[] | undefined): string => list?.[0] ?? ''
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = first ?? {}
  const verb = one(verbs)
  if (nonResourceURLs === undefined) {
    const [resource = '', subresource = ''] = one(resources).split('/')
    const where = everywhere ? { namespace: '' } : {}
    const right = { verb, group: one(apiGroups), resource, subresource, name: one(resourceNames) }
    return settled(user, { ...right, ...where })
  }
  const path = one(nonResourceURLs).replace('*', 'x')
  const asked = settled(user, { verb, resource: '' })
  return { ...asked, body: { spec: { user, nonResourceAttributes: { verb, path } } } }
}

/** A ClusterRole of these rules, and its binding to the user in `{ns}` or everywhere. All are called `name`. */
export function grant(
  user: string,
  rules: readonly Rule[],
  { everywhere = false, name = '{ns}-granted' } = {},
): Request[] {
  const bindings = everywhere ? `${rbac}/clusterrolebindings` : `${rbacIn('{ns}')}/rolebindings`
  return [
    post(`${rbac}/clusterroles`, { metadata: { name }, rules }),
    post(bindings, {
      metadata: { name },
      roleRef: roleRef('ClusterRole', name),
      subjects: [userSubject(user)],
    }),
    ...(rules.length > 0 ? [firstRight(user, rules, everywhere)] : []),
  ]
}
