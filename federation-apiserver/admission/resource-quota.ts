import { newForbidden } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { parseQuantity, quantityToNumber } from '#apimachinery/meta/quantity.ts'
import { type Usage, usageOf } from '#apimachinery/quota/usage.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import type { Store } from '../registry/store.ts'
import type { WriteOptions } from '../registry/store-context.ts'

type Amounts = Readonly<Record<string, string>>

/** A ResourceQuota, as stored. */
interface Quota {
  readonly metadata: Readonly<ApiObject['metadata']>
  readonly spec?: {
    readonly hard?: Amounts
    readonly scopes?: unknown
    readonly scopeSelector?: unknown
  }
  readonly status?: { readonly hard?: Amounts; readonly used?: Amounts }
}

const numberOf = (amount: string | number | undefined): number => {
  const parsed = parseQuantity(amount ?? 0)
  return parsed === undefined ? 0 : quantityToNumber(parsed)
}

const nothing: Usage = new Map()

/** What the write adds; what it frees is left to the controller, which sees it when it is true. */
function added({ resource, object, old }: AdmissionAttributes): Usage {
  if (object === undefined) return nothing
  const before = old === undefined ? new Map<string, number>() : usageOf(resource, old)
  const after = usageOf(resource, object)
  return new Map(
    [...after]
      .map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const)
      .filter(([, count]) => count > 0),
  )
}

const listed = (names: readonly string[], amount: (name: string) => string | number): string =>
  names.map((name) => `${name}=${amount(name)}`).join(',')

/** The quota's names that the write adds to, sorted. */
const namesIn = (hard: Amounts, usage: Usage): string[] =>
  Object.keys(hard)
    .filter((name) => usage.has(name))
    .sort()

/** Throws 403 when the quota has no room, or when its controller has not counted yet. */
function mustFit(attributes: AdmissionAttributes, quota: Quota, usage: Usage): void {
  const { hard = {}, used = {} } = quota.status ?? {}
  const names = namesIn(quota.spec?.hard ?? {}, usage)
  const refuse = (why: string): Error =>
    newForbidden(attributes.resource, attributes.object?.metadata.name ?? '', why)
  const unknown = names.filter((name) => hard[name] === undefined || used[name] === undefined)
  const { name: quotaName } = quota.metadata
  if (unknown.length > 0)
    throw refuse(`status unknown for quota: ${quotaName}, resources: ${unknown.join(',')}`)
  const over = names.filter(
    (name) => numberOf(used[name]) + (usage.get(name) ?? 0) > numberOf(hard[name]),
  )
  if (over.length === 0) return
  const requested = listed(over, (name) => usage.get(name) ?? 0)
  throw refuse(
    `exceeded quota: ${quotaName}, requested: ${requested}, used: ${listed(over, (name) => used[name] ?? '')}, limited: ${listed(over, (name) => hard[name] ?? '')}`,
  )
}

/** The quota with what is used after the write. */
function charged(quota: Quota, usage: Usage): object {
  const used = { ...quota.status?.used }
  for (const name of namesIn(quota.spec?.hard ?? {}, usage))
    used[name] = String(numberOf(used[name]) + (usage.get(name) ?? 0))
  return { ...quota.status, used }
}

/** Quotas with scopes are about some Pods only. */
const concerns = ({ spec }: Quota, usage: Usage): boolean =>
  spec?.scopes === undefined &&
  spec?.scopeSelector === undefined &&
  namesIn(spec?.hard ?? {}, usage).length > 0

/**
 * Counts of objects stay within the ResourceQuotas of their namespace (names: apimachinery/quota). Each quota is charged before the object
 * is stored, in one write that fails when another came between: two servers cannot both take the last place. What was charged for an
 * object that was not stored after all, and what is deleted, the quota's controller takes back. The last of the plugins.
 */
export const resourceQuota = (
  quotas: Store,
  write: (namespace: string) => WriteOptions,
): AdmissionPlugin => ({
  name: 'ResourceQuota',
  concerns: ({ resource, subresource }) => subresource === '' && resource.namespaced,
  validate(attributes) {
    const stored = quotas.listCached(attributes.namespace)
    const usage = stored.length === 0 ? nothing : added(attributes)
    if (usage.size === 0) return undefined
    const concerned = stored.map(({ object }) => object as Quota).filter((q) => concerns(q, usage))
    for (const quota of concerned) mustFit(attributes, quota, usage)
    if (attributes.dryRun) return undefined
    return charge({ quotas, write }, attributes, { concerned, usage })
  },
})

/** One after the other, so that what has no place in the next one is at most charged to those before. */
async function charge(
  { quotas, write }: { quotas: Store; write: (namespace: string) => WriteOptions },
  attributes: AdmissionAttributes,
  { concerned, usage }: { concerned: readonly Quota[]; usage: Usage },
): Promise<void> {
  const { namespace } = attributes
  for (const { metadata } of concerned) {
    await quotas.update(
      { namespace, name: metadata.name },
      (current) => {
        const quota = current?.object as Quota & ApiObject
        mustFit(attributes, quota, usage)
        return {
          ...structuredClone(quota),
          ...typeMeta,
          status: charged(quota, usage),
        } as ApiObject
      },
      { ...write(namespace), subresource: 'status' },
    )
  }
}

const typeMeta = { apiVersion: 'v1', kind: 'ResourceQuota' }
