import { pino } from 'pino'
import { expect, it } from 'vitest'
import { isForbidden } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { createApiClient } from '#client/http-api-client.ts'
import { sendJson, startScriptedServer } from '../../client/testing/scripted-server.ts'
import { deployment } from '../federated-types/deployment.ts'
import { PlacementStore } from './placement-store.ts'

const source: ApiObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', uid: 'u' },
}

/** Decides a share, and puts it on record at a server that refuses with these causes. */
async function flushAgainst(causes: { reason: string }[]): Promise<void> {
  await using server = await startScriptedServer(({ response }) =>
    sendJson(response, 403, {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'Forbidden',
      code: 403,
      details: { causes },
    }),
  )
  await using client = createApiClient({ server: server.url, credentials: {} })
  const store = new PlacementStore({ client, logger: pino({ level: 'silent' }) })
  const placement = store.of(deployment, source)
  store.setRow(placement, { cluster: 'eu', state: 'Pending', replicas: 3 })
  await store.flush(placement, AbortSignal.timeout(5_000))
}

it('lets nobody act upon a decision that it may not put on record', async () => {
  await expect(flushAgainst([])).rejects.toSatisfy(isForbidden)
})

it('records nothing more in a namespace that is going', async () => {
  await expect(flushAgainst([{ reason: 'NamespaceTerminating' }])).resolves.toBeUndefined()
})
