import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlreadyExists } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ApiClient } from '#client/api-client.ts'

export const demo = { namespace: 'default', name: 'nginx', replicas: 4 } as const

const labels = { app: demo.name }
const metadata = { name: demo.name, namespace: demo.namespace, labels }

const deployment: ApiObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: {
    replicas: demo.replicas,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [{ name: 'nginx', image: 'nginx:1.29', ports: [{ containerPort: 80 }] }],
      },
    },
  },
}

const service: ApiObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { type: 'LoadBalancer', selector: labels, ports: [{ name: 'http', port: 80 }] },
}

/** Creates nginx and its Service once in the life of a data folder: what the user deletes stays deleted. */
export async function createDemoOnce(client: ApiClient, dataDir: string): Promise<void> {
  const marker = join(dataDir, 'demo-created')
  if (existsSync(marker)) return
  const wanted = [
    [{ group: 'apps', version: 'v1', resource: 'deployments' }, deployment],
    [{ group: '', version: 'v1', resource: 'services' }, service],
  ] as const
  for (const [gvr, object] of wanted) {
    try {
      await client.create(gvr, object)
    } catch (err) {
      if (!isAlreadyExists(err)) throw err
    }
  }
  await writeFile(marker, '')
}
