import type { ApiClient } from '#client/api-client.ts'
import { keyOf } from '#client/indexer.ts'
import { Informer } from '#client/informer.ts'
import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import { formatGroupResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { QuotaScope } from '#apimachinery/quota/scopes.ts'
import { countedBy } from '#apimachinery/quota/usage.ts'
import type { Logger } from 'pino'
import { Controller } from '../../runtime/controller.ts'
import type { Source } from '../../runtime/sources.ts'
import { CountedResources } from './counted-resources.ts'

type Amounts = Readonly<Record<string, string>>

type QuotaSpec = QuotaScope & { readonly hard?: Amounts }

interface ResourceQuota extends ApiObject {
  spec?: QuotaSpec
  status?: { hard?: Amounts; used?: Amounts }
}

const resourceQuotas: GroupVersionResource = {
  group: '',
  version: 'v1',
  resource: 'resourcequotas',
}

/** What admission charged for objects that were not stored after all is found at the latest after this. */
const resyncMs = 5 * 60_000

const sameAmounts = (a: Amounts = {}, b: Amounts = {}): boolean => {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

/** New quotas, and those whose limits are not in their status yet; what admission charges is no reason to count. */
const limitsChanged = (quotas: Informer<ResourceQuota>): Source => ({
  synced: quotas.synced,
  subscribe(enqueue) {
    for (const quota of quotas.list()) enqueue(keyOf(quota))
    return quotas.onChange(({ type, object }) => {
      if (type === 'DELETED') return
      const { spec, status } = object
      if (type === 'ADDED' || !sameAmounts(spec?.hard, status?.hard)) enqueue(keyOf(object))
    })
  },
})

/**
 * Counts what ResourceQuotas limit, and writes it to their status: when a quota is new or changed, when something counted goes or comes
 * to count otherwise, and now and then. What comes is charged by the API server's admission.
 */
export function createResourceQuotaController(options: {
  readonly client: ApiClient
  readonly logger: Logger
}): { readonly name: string; run(signal: AbortSignal): Promise<void> } {
  const { client } = options
  const logger = options.logger.child({ controller: 'resource-quota' })
  const quotas = new Informer<ResourceQuota>({ client, logger, gvr: resourceQuotas })
  quotas.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? ''])
  const counted = new CountedResources({
    client,
    logger,
    onChange(namespace) {
      for (const quota of quotas.byIndex('namespace', namespace)) controller.enqueue(keyOf(quota))
    },
  })
  const controller = new Controller({
    name: 'resource-quota',
    logger: options.logger,
    concurrency: 5,
    sources: [limitsChanged(quotas)],
    async reconcile(key, { signal }) {
      const [namespace = '', name = ''] = key.split('/')
      const quota = await client
        .get<ResourceQuota>(resourceQuotas, { namespace, name }, { signal })
        .catch((err: unknown) => {
          if (isNotFound(err)) return undefined
          throw err
        })
      if (quota === undefined) return undefined
      const { spec = {}, status } = quota
      const { hard = {} } = spec
      const used = await usedOf(counted, { namespace, spec, signal })
      if (!sameAmounts(hard, status?.hard) || !sameAmounts(used, status?.used)) {
        const changed = { ...quota, status: { hard, used } }
        await client.update(resourceQuotas, changed, { subresource: 'status', signal })
      }
      return { requeueAfterMs: resyncMs }
    },
  })
  return {
    name: controller.name,
    async run(signal) {
      await Promise.all([quotas.run(signal), controller.run(signal)])
      await counted.stopped()
    },
  }
}

async function usedOf(
  counted: CountedResources,
  { namespace, spec, signal }: { namespace: string; spec: QuotaSpec; signal: AbortSignal },
): Promise<Record<string, string>> {
  const used: Record<string, string> = {}
  const names = Object.keys(spec.hard ?? {}).filter((name) => countedBy(name) !== undefined)
  const byResource = Map.groupBy(names, (name) =>
    formatGroupResource(countedBy(name) ?? { group: '', resource: '' }),
  )
  for (const same of byResource.values()) {
    const resource = countedBy(same[0] ?? '')
    if (resource === undefined) continue
    const counts = await counted.count({ namespace, names: same, scope: spec }, resource, signal)
    for (const [name, count] of counts ?? []) used[name] = String(count)
  }
  return used
}
