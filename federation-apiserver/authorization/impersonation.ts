import { validateSubdomain } from '#apimachinery/meta/names.ts'
import {
  groupAuthenticated,
  groupMasters,
  groupNodes,
  groupServiceAccounts,
  groupUnauthenticated,
  parseServiceAccountUser,
  userAnonymous,
  type UserInfo,
} from '../authentication/user-info.ts'
import type { Attributes, Authorizer } from './attributes.ts'

const nodePrefix = 'system:node:'

/** The node behind a node's user name; undefined for other users. */
function nodeOf(user: string): string | undefined {
  if (!user.startsWith(nodePrefix)) return undefined
  const name = user.slice(nodePrefix.length)
  return validateSubdomain(name).length === 0 ? name : undefined
}

const onlyNamed = ({ uid, groups, extra }: UserInfo): boolean =>
  uid === undefined && groups.length === 0 && extra === undefined

/** A way in which one may be allowed to be another (KEP-5284); the verbs of its rights carry its name. */
interface Mode {
  /** '' is impersonation as it has always been: whoever may be somebody may do all that they may. */
  readonly name: string
  readonly applies: (as: UserInfo, sender: UserInfo) => boolean
}

const nodeOfPod = 'authentication.kubernetes.io/node-name'

const modes: readonly Mode[] = [
  {
    name: 'associated-node',
    applies(as, sender) {
      const node = nodeOf(as.name)
      const [own, ...more] = sender.extra?.[nodeOfPod] ?? []
      const isAccount = parseServiceAccountUser(sender.name) !== undefined
      return onlyNamed(as) && isAccount && more.length === 0 && node !== undefined && own === node
    },
  },
  { name: 'arbitrary-node', applies: (as) => onlyNamed(as) && nodeOf(as.name) !== undefined },
  {
    name: 'serviceaccount',
    applies: (as) => onlyNamed(as) && parseServiceAccountUser(as.name) !== undefined,
  },
  {
    name: 'user-info',
    applies: ({ name }) =>
      nodeOf(name) === undefined && parseServiceAccountUser(name) === undefined,
  },
  { name: '', applies: () => true },
]

/** The right to be that user: of nodes and ServiceAccounts by what they are. */
function userRight(mode: Mode, as: UserInfo): Partial<Attributes> {
  const account = parseServiceAccountUser(as.name)
  if (account !== undefined) return { resource: 'serviceaccounts', ...account }
  const node = mode.name === '' ? undefined : nodeOf(as.name)
  if (node === undefined) return { resource: 'users', name: as.name }
  // A right to be the node that one runs on holds for all nodes.
  return { resource: 'nodes', name: mode.name === 'associated-node' ? '*' : node }
}

/** What must be allowed for being that user, in the order in which it is asked. */
function rightsFor(mode: Mode, sender: UserInfo, as: UserInfo): Attributes[] {
  const base: Attributes = {
    user: sender,
    verb: mode.name === '' ? 'impersonate' : `impersonate:${mode.name}`,
    group: mode.name === '' ? '' : 'authentication.k8s.io',
    version: 'v1',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    resourceRequest: true,
    path: '',
  }
  const { uid, groups, extra = {} } = as
  const authentication = { ...base, group: 'authentication.k8s.io' }
  return [
    { ...base, ...userRight(mode, as) },
    ...(uid === undefined ? [] : [{ ...authentication, resource: 'uids', name: uid }]),
    ...groups.map((name) => ({ ...base, resource: 'groups', name })),
    ...Object.entries(extra).flatMap(([subresource, values]) =>
      values.map((name) => ({ ...authentication, resource: 'userextras', subresource, name })),
    ),
  ]
}

/** What no right allows but that of old: it would be a right to everything. */
function neverGranted(mode: Mode, { groups, extra = {} }: UserInfo): string | undefined {
  if (mode.name === '') return undefined
  if (groups.includes('')) return 'impersonating the empty string group is not allowed'
  if (groups.includes(groupMasters)) return 'impersonating the system:masters group is not allowed'
  const nothing = Object.entries(extra).some(([key, values]) => key === '' || values.includes(''))
  return nothing ? 'impersonating the empty string in extra is not allowed' : undefined
}

/** Groups that come with the name; ServiceAccounts have theirs only when none were given. */
function withOwnGroups(mode: Mode, as: UserInfo): UserInfo {
  const account = parseServiceAccountUser(as.name)
  const isNode = mode.name !== '' && nodeOf(as.name) !== undefined
  const ofAccount =
    account === undefined
      ? []
      : [groupServiceAccounts, `${groupServiceAccounts}:${account.namespace}`]
  const own = isNode ? [groupNodes] : ofAccount
  const groups = as.groups.length === 0 ? own : as.groups
  const anonymous = as.name === userAnonymous
  const common = anonymous ? groupUnauthenticated : groupAuthenticated
  const isSaid = groups.includes(common) || (!anonymous && groups.includes(groupUnauthenticated))
  return Object.freeze({ ...as, groups: isSaid ? [...groups] : [...groups, common] })
}

const maxRemembered = 10_000

export interface ImpersonationJudge {
  readonly authorizer: Authorizer
  readonly refuse: (asked: Attributes, reason: string) => Error
}

/** Decides whether a sender may be whom the Impersonate- headers of a request name. */
export class Impersonation {
  readonly #judge: ImpersonationJudge
  /** Which mode let a sender be somebody the last time: it is tried first, and its refusal is the one that is told. */
  readonly #last = new Map<string, Mode>()

  constructor(judge: ImpersonationJudge) {
    this.#judge = judge
  }

  /** The user that a request (`asked`, by its sender) for another one (`as`) is to be judged as. Throws what `refuse` makes when no mode allows it. */
  async userFor(asked: Attributes, as: UserInfo): Promise<UserInfo> {
    const { user: sender } = asked
    const last = this.#last.get(sender.name)
    const others = modes.filter((mode) => mode !== last && mode.applies(as, sender))
    let refused: Error | undefined
    for (const mode of last?.applies(as, sender) ? [last, ...others] : others) {
      const refusal = await this.#refusal(mode, asked, as)
      if (refusal === undefined) {
        this.#remember(sender.name, mode)
        return withOwnGroups(mode, as)
      }
      refused ??= refusal
    }
    throw refused ?? this.#judge.refuse(asked, '')
  }

  async #refusal(mode: Mode, asked: Attributes, as: UserInfo): Promise<Error | undefined> {
    const { user: sender } = asked
    const verb = `impersonate-on:${mode.name}:${asked.verb}`
    const rights = rightsFor(mode, sender, as)
    for (const right of mode.name === '' ? rights : [{ ...asked, verb }, ...rights]) {
      const { allowed, reason } = await this.#judge.authorizer.authorize(right)
      if (!allowed) return this.#judge.refuse(right, reason)
    }
    const never = neverGranted(mode, as)
    return never === undefined ? undefined : this.#judge.refuse({ ...asked, verb }, never)
  }

  #remember(sender: string, mode: Mode): void {
    if (this.#last.size >= maxRemembered) this.#last.clear()
    this.#last.set(sender, mode)
  }
}
