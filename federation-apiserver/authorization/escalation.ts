import type { UserInfo } from '../authentication/user-info.ts'
import { coversPath, type PolicyRule } from './policy-rule.ts'

/** One verb on one resource (or one name of it), or on one path. */
interface Right {
  readonly verb: string
  readonly group?: string
  readonly resource?: string
  readonly name?: string
  readonly path?: string
}

function rightsOf(rule: PolicyRule): Right[] {
  const rights: Right[] = []
  const names = rule.resourceNames ?? []
  for (const verb of rule.verbs ?? []) {
    for (const path of rule.nonResourceURLs ?? []) rights.push({ verb, path })
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        if (names.length === 0) rights.push({ verb, group, resource })
        for (const name of names) rights.push({ verb, group, resource, name })
      }
    }
  }
  return rights
}

const includes = (list: readonly string[] | null | undefined, wanted: string): boolean =>
  list?.includes('*') === true || list?.includes(wanted) === true

function coversResource(rule: PolicyRule, resource: string): boolean {
  if (includes(rule.resources, resource)) return true
  const [, subresource] = resource.split('/')
  return subresource !== undefined && rule.resources?.includes(`*/${subresource}`) === true
}

/** A rule with resourceNames covers those names only. */
function covers(rule: PolicyRule, right: Right): boolean {
  if (!includes(rule.verbs, right.verb)) return false
  if (right.path !== undefined) {
    const { path } = right
    return rule.nonResourceURLs?.some((pattern) => coversPath(pattern, path)) === true
  }
  const names = rule.resourceNames ?? []
  return (
    includes(rule.apiGroups, right.group ?? '') &&
    coversResource(rule, right.resource ?? '') &&
    (names.length === 0 || (right.name !== undefined && names.includes(right.name)))
  )
}

/** The rights in `wanted` that `held` does not cover. */
const uncoveredRights = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): Right[] =>
  wanted.flatMap(rightsOf).filter((right) => !held.some((rule) => covers(rule, right)))

/** Every right in `wanted` is also in `held`. */
export const coversAll = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): boolean =>
  uncoveredRights(held, wanted).length === 0

const quote = (list: readonly string[]): string =>
  `[${list.map((item) => JSON.stringify(item)).join(' ')}]`

const where = ({ group, resource, name, path }: Right): string =>
  path === undefined
    ? `APIGroups:${quote([group ?? ''])}, Resources:${quote([resource ?? ''])}` +
      (name === undefined ? '' : `, ResourceNames:${quote([name])}`)
    : `NonResourceURLs:${quote([path])}`

/** One line a resource with all its verbs, sorted: the form in which Kubernetes tells them. */
function describe(rights: readonly Right[]): string[] {
  const verbs = new Map<string, Set<string>>()
  for (const right of rights) {
    const at = where(right)
    verbs.set(at, (verbs.get(at) ?? new Set()).add(right.verb))
  }
  return [...verbs].map(([at, list]) => `{${at}, Verbs:${quote([...list])}}`).sort()
}

/**
 * Why a user may not give these rules to anybody: nobody grants more than what they hold. undefined when they may. `missing` are
 * roles of the user that could not be found.
 */
export function escalationProblem(
  user: UserInfo,
  held: { readonly rules: readonly PolicyRule[]; readonly missing: readonly string[] },
  wanted: readonly PolicyRule[],
): string | undefined {
  const lacking = uncoveredRights(held.rules, wanted)
  if (lacking.length === 0) return undefined
  const groups = quote(user.groups)
  const unresolved =
    held.missing.length === 0 ? '' : `; resolution errors: [${held.missing.join(', ')}]`
  return `user ${JSON.stringify(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${describe(lacking).join('\n')}${unresolved}`
}
