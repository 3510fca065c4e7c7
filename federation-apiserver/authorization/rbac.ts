import { groupMasters, type UserInfo, userAnonymous } from '../authentication/user-info.ts'
import type { Attributes, Authorizer, Decision } from './attributes.ts'
import { type PolicyRule, ruleAllows } from './policy-rule.ts'
import type { Grants, RoleSet } from './role-set.ts'
import type { RuleSource } from './rule-source.ts'

const master: Decision = { allowed: true, reason: '' }

const allowedBy = (source: string): Decision => ({
  allowed: true,
  reason: `RBAC: allowed by ${source}`,
})

function findGrant({ grants }: Grants, asked: Attributes): string | undefined {
  for (const { rules, source } of grants) {
    for (const rule of rules) if (ruleAllows(rule, asked)) return source
  }
  return undefined
}

/** The bindings that may speak about a request: those of its namespace count for resources only. */
const grantsFor = (set: RoleSet, user: UserInfo, namespace: string): Grants[] => [
  set.grantsIn('', user),
  ...(namespace === '' ? [] : [set.grantsIn(namespace, user)]),
]

function decide(set: RoleSet, asked: Attributes): Decision {
  const namespace = asked.resourceRequest ? asked.namespace : ''
  const all = grantsFor(set, asked.user, namespace)
  for (const grants of all) {
    const source = findGrant(grants, asked)
    if (source !== undefined) return allowedBy(source)
  }
  const missing = all.flatMap((grants) => grants.missing)
  if (missing.length === 0) return { allowed: false, reason: '' }
  const list = missing.length === 1 ? (missing[0] ?? '') : `[${missing.join(', ')}]`
  return { allowed: false, reason: `RBAC: ${list}` }
}

/** Everything that a user may do in a namespace ('' for the whole cluster), and the roles that could not be found. */
export function rulesOfUser(
  set: RoleSet,
  user: UserInfo,
  namespace: string,
): { rules: PolicyRule[]; missing: string[] } {
  const all = grantsFor(set, user, namespace)
  return {
    rules: all.flatMap(({ grants }) => grants.flatMap((grant) => grant.rules)),
    missing: all.flatMap(({ missing }) => missing),
  }
}

/**
 * Role-based access control. system:masters may do everything. A refusal is checked against the newest rules before it is given, so
 * that what any server has acknowledged is never refused; a right that another server took away may hold for another moment.
 */
export class RbacAuthorizer implements Authorizer {
  readonly #source: RuleSource

  constructor(source: RuleSource) {
    this.#source = source
  }

  authorize(asked: Attributes): Promise<Decision> | Decision {
    if (asked.user.groups.includes(groupMasters)) return master
    const set = this.#source.current()
    if (set instanceof Promise) return set.then((loaded) => this.#judge(loaded, asked))
    return this.#judge(set, asked)
  }

  #judge(set: RoleSet, asked: Attributes): Promise<Decision> | Decision {
    const decision = decide(set, asked)
    if (decision.allowed || asked.user.name === userAnonymous) return decision
    return this.#reconsider(set, asked, decision)
  }

  async #reconsider(set: RoleSet, asked: Attributes, refusal: Decision): Promise<Decision> {
    const newest = await this.#source.latest()
    return newest === set ? refusal : decide(newest, asked)
  }
}
