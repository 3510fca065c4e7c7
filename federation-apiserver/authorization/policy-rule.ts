import type { Attributes } from './attributes.ts'

/** rbac.authorization.k8s.io/v1 PolicyRule. */
export interface PolicyRule {
  readonly verbs?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** Absent lists are sent as null by some clients. */
const has = (list: readonly string[] | null | undefined, wanted: string): boolean =>
  list?.includes(wanted) === true

const hasOrAll = (list: readonly string[] | null | undefined, wanted: string): boolean =>
  has(list, '*') || has(list, wanted)

/** `*` covers everything, `x` and `x/sub` themselves, `*` + `/sub` that subresource of all. */
function coversResource(rule: PolicyRule, resource: string, subresource: string): boolean {
  if (has(rule.resources, '*')) return true
  if (subresource === '') return has(rule.resources, resource)
  return (
    has(rule.resources, `${resource}/${subresource}`) || has(rule.resources, `*/${subresource}`)
  )
}

/** A pattern ends in `*` or is a whole path. */
export const coversPath = (pattern: string, path: string): boolean =>
  pattern === '*' ||
  pattern === path ||
  (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')))

/** A rule with resourceNames never covers a request without a name (create, list of all). */
export function ruleAllows(rule: PolicyRule, asked: Attributes): boolean {
  if (!hasOrAll(rule.verbs, asked.verb)) return false
  if (!asked.resourceRequest) {
    return rule.nonResourceURLs?.some((pattern) => coversPath(pattern, asked.path)) === true
  }
  const names = rule.resourceNames ?? []
  return (
    hasOrAll(rule.apiGroups, asked.group) &&
    coversResource(rule, asked.resource, asked.subresource) &&
    (names.length === 0 || names.includes(asked.name))
  )
}
