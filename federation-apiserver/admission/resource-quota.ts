import { newForbidden } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { parseQuantity, quantityToNumber } from '#apimachinery/meta/quantity.ts'
import { isInScope, type QuotaScope } from '#apimachinery/quota/scopes.ts'
import { type Usage, usageOf } from '#apimachinery/quota/usage.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import type { Store } from '../registry/store.ts'
import type { WriteOptions } from '../registry/store-context.ts'

type Amounts = Readonly<Record<string, string>>

/** A ResourceQuota, as stored. */
interface Quota {
  readonly metadata: Readonly<ApiObject['metadata']>
  readonly spec?: QuotaScope & { readonly hard?: Amounts }
  readonly status?: { readonly hard?: Amounts; readonly used?: Amounts }
}

const numberOf = (amount: string | number | undefined): number => {
  const parsed = parseQuantity(amount ?? 0)
  return parsed === undefined ? 0 : quantityToNumber(parsed)
}

const nothing: Usage = new Map()

/**
 * What the write adds to what the quota limits: all that the object counts for when it comes into the quota's scopes. What it frees is
 * left to the controller, which sees it when it is true.
 */
function addedTo({ spec = {} }: Quota, attributes: AdmissionAttributes): Usage {
  const { resource, object, old } = attributes
  if (object === undefined || !isInScope(spec, resource, object)) return nothing
  const before =
    old !== undefined && isInScope(spec, resource, old) ? usageOf(resource, old) : nothing
  return new Map(
    [...usageOf(resource, object)]
      .map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const)
      .filter(([name, count]) => count > 0 && spec.hard?.[name] !== undefined),
  )
}

const listed = (names: readonly string[], amount: (name: string) => string | number): string =>
  names.map((name) => `${name}=${amount(name)}`).join(',')

/** Throws 403 when the quota has no room, or when its controller has not counted yet. What a status tells is so, room or not. */
function mustFit(attributes: AdmissionAttributes, quota: Quota, usage: Usage): void {
  const { hard = {}, used = {} } = quota.status ?? {}
  const names = [...usage.keys()].sort()
  const refuse = (why: string): Error =>
    newForbidden(attributes.resource, attributes.object?.metadata.name ?? '', why)
  const unknown = names.filter((name) => hard[name] === undefined || used[name] === undefined)
  const { name: quotaName } = quota.metadata
  if (unknown.length > 0)
    throw refuse(`status unknown for quota: ${quotaName}, resources: ${unknown.join(',')}`)
  const over = names.filter(
    (name) => numberOf(used[name]) + (usage.get(name) ?? 0) > numberOf(hard[name]),
  )
  if (over.length === 0 || attributes.subresource === 'status') return
  const requested = listed(over, (name) => usage.get(name) ?? 0)
  throw refuse(
    `exceeded quota: ${quotaName}, requested: ${requested}, used: ${listed(over, (name) => used[name] ?? '')}, limited: ${listed(over, (name) => hard[name] ?? '')}`,
  )
}

/** The quota with what is used after the write. */
function charged(quota: Quota, usage: Usage): object {
  const used = { ...quota.status?.used }
  for (const [name, count] of usage) used[name] = String(numberOf(used[name]) + count)
  return { ...quota.status, used }
}

/** Claims have volume attributes classes in their status, too. */
const countsFor = ({ resource, subresource }: AdmissionAttributes): boolean =>
  resource.namespaced &&
  (subresource === '' ||
    (subresource === 'status' &&
      resource.group === '' &&
      resource.resource === 'persistentvolumeclaims'))

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
  concerns: countsFor,
  validate(attributes) {
    const concerned = quotas
      .listCached(attributes.namespace)
      .map(({ object }) => object as Quota)
      .filter((quota) => charges(quota, attributes))
    if (concerned.length === 0 || attributes.dryRun) return undefined
    return charge({ quotas, write }, attributes, concerned)
  },
})

/** True when the write adds to the quota; throws when that has no place in it. */
function charges(quota: Quota, attributes: AdmissionAttributes): boolean {
  const usage = addedTo(quota, attributes)
  if (usage.size === 0) return false
  mustFit(attributes, quota, usage)
  return true
}

/** One after the other, so that what has no place in the next one is at most charged to those before. */
async function charge(
  { quotas, write }: { quotas: Store; write: (namespace: string) => WriteOptions },
  attributes: AdmissionAttributes,
  concerned: readonly Quota[],
): Promise<void> {
  const { namespace } = attributes
  for (const { metadata } of concerned) {
    await quotas.update(
      { namespace, name: metadata.name },
      (current) => {
        const quota = current?.object as Quota & ApiObject
        const usage = addedTo(quota, attributes)
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
