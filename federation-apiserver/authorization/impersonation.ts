import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import {
  groupAuthenticated,
  groupServiceAccounts,
  groupUnauthenticated,
  parseServiceAccountUser,
  userAnonymous,
  type UserInfo,
} from '../authentication/user-info.ts'
import type { Attributes, Authorizer } from './attributes.ts'

const extraPrefix = 'impersonate-extra-'

/** Values of the Impersonate- headers by lower-case name: one for each line that was sent. */
function impersonationHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase()
    if (!name.startsWith('impersonate-')) continue
    const values = found.get(name)
    if (values === undefined) found.set(name, [rawHeaders[i + 1] ?? ''])
    else values.push(rawHeaders[i + 1] ?? '')
  }
  return found
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Who the client wants to be; undefined when it says nothing. Throws 400 for groups, uid or extra without a user. */
function requested(headers: ReadonlyMap<string, readonly string[]>): UserInfo | undefined {
  const [name = ''] = headers.get('impersonate-user') ?? []
  const [uid = ''] = headers.get('impersonate-uid') ?? []
  const groups = headers.get('impersonate-group') ?? []
  const extra = Object.fromEntries(
    [...headers]
      .filter(([header]) => header.startsWith(extraPrefix))
      .map(([header, values]) => [decoded(header.slice(extraPrefix.length)), values]),
  )
  const hasExtra = Object.keys(extra).length > 0
  if (name === '') {
    if (groups.length === 0 && uid === '' && !hasExtra) return undefined
    throw newBadRequest('requested groups, uid or extra without impersonating a user name')
  }
  return { name, groups, ...(uid === '' ? {} : { uid }), ...(hasExtra ? { extra } : {}) }
}

/** What must be allowed, each by the verb `impersonate`. */
function asked(user: UserInfo, as: UserInfo): Attributes[] {
  const base = {
    user,
    verb: 'impersonate',
    group: '',
    version: 'v1',
    subresource: '',
    namespace: '',
    resourceRequest: true,
    path: '',
  }
  const authentication = { ...base, group: 'authentication.k8s.io' }
  const account = parseServiceAccountUser(as.name)
  const extra = Object.entries(as.extra ?? {}).flatMap(([key, values]) =>
    values.map((name) => ({
      ...authentication,
      resource: 'userextras',
      subresource: key,
      name,
    })),
  )
  return [
    account === undefined
      ? { ...base, resource: 'users', name: as.name }
      : { ...base, resource: 'serviceaccounts', ...account },
    ...as.groups.map((name) => ({ ...base, resource: 'groups', name })),
    ...(as.uid === undefined ? [] : [{ ...authentication, resource: 'uids', name: as.uid }]),
    ...extra,
  ]
}

/** Groups that come with the name; ServiceAccounts have theirs only when none were given. */
function withOwnGroups(as: UserInfo): UserInfo {
  const account = parseServiceAccountUser(as.name)
  const given =
    account !== undefined && as.groups.length === 0
      ? [groupServiceAccounts, `${groupServiceAccounts}:${account.namespace}`]
      : as.groups
  const common = as.name === userAnonymous ? groupUnauthenticated : groupAuthenticated
  return Object.freeze({
    ...as,
    groups: given.includes(common) ? [...given] : [...given, common],
  })
}

/**
 * The user that a request is to be judged as: whom its Impersonate- headers name, or `user` itself. `rawHeaders` is a list of names and values
 * in turns, as Node gives it: groups may hold commas, so joined lines cannot be told apart. Throws 400 for headers that make no
 * sense, and what `refuse` makes when the user may not impersonate one of user, groups, uid and extra.
 */
export async function impersonate(
  user: UserInfo,
  rawHeaders: readonly string[],
  judge: {
    readonly authorizer: Authorizer
    readonly refuse: (asked: Attributes, reason: string) => Error
  },
): Promise<UserInfo> {
  const as = requested(impersonationHeaders(rawHeaders))
  if (as === undefined) return user
  for (const attributes of asked(user, as)) {
    const { allowed, reason } = await judge.authorizer.authorize(attributes)
    if (!allowed) throw judge.refuse(attributes, reason)
  }
  return withOwnGroups(as)
}
