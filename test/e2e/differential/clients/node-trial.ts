import * as k8s from '@kubernetes/client-node'

/**
 * Tries a Kubernetes API server with @kubernetes/client-node, and prints what it saw: one JSON object a line, of a step and a value.
 *
 *     node node-trial.ts NAMESPACE     (the server is that of KUBECONFIG)
 */
const namespace = process.argv[2] ?? ''
const config = new k8s.KubeConfig()
config.loadFromDefault()
const core = config.makeApiClient(k8s.CoreV1Api)
const apps = config.makeApiClient(k8s.AppsV1Api)
const objects = k8s.KubernetesObjectApi.makeApiClient(config)

async function see<T>(step: string, act: () => Promise<T> | T): Promise<T | undefined> {
  let value: unknown
  let result: T | undefined
  try {
    value = result = await act()
  } catch (err) {
    if (!(err instanceof k8s.ApiException)) throw err
    value = { code: err.code, body: JSON.parse(String(err.body)) as unknown }
  }
  process.stdout.write(`${JSON.stringify({ step, value: value ?? null })}\n`)
  return result
}

const configMap = (name: string, labels: Record<string, string> = {}): k8s.V1ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels },
  data: { color: 'blue' },
})

const deployment = (name: string): k8s.V1Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'main', image: 'nginx:1.25' }] },
    },
  },
})

const jsonPatch = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.JsonPatch)
const mergePatch = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch)

async function typed(): Promise<void> {
  const version = config.makeApiClient(k8s.VersionApi)
  await see('version', async () => (await version.getCode()).minor)
  const groups = config.makeApiClient(k8s.ApisApi)
  await see('groups', async () =>
    (await groups.getAPIVersions()).groups
      .map(({ name }) => name)
      .filter((name) => name !== 'federation')
      .sort(),
  )
  const a = { name: 'a', namespace }
  await see('create', () => core.createNamespacedConfigMap({ namespace, body: configMap('a') }))
  await see('again', () => core.createNamespacedConfigMap({ namespace, body: configMap('a') }))
  await see('read', () => core.readNamespacedConfigMap(a))
  await see('none', () => core.readNamespacedConfigMap({ name: 'none', namespace }))
  const patch = [{ op: 'replace', path: '/data/color', value: 'green' }]
  await see('JSON patch', () => core.patchNamespacedConfigMap({ ...a, body: patch }, jsonPatch))
  const merged = { ...a, body: { data: { size: 'large' } } }
  await see('merge patch', () => core.patchNamespacedConfigMap(merged, mergePatch))
  await see('replace', () => core.replaceNamespacedConfigMap({ ...a, body: configMap('a') }))
  await see('list', async () => {
    const { items, metadata } = await core.listNamespacedConfigMap({ namespace, limit: 1 })
    return { items, left: metadata?.remainingItemCount }
  })
  await see('deployment', () =>
    apps.createNamespacedDeployment({ namespace, body: deployment('web') }),
  )
  const web = { name: 'web', namespace }
  const body = (await see('scale', () => apps.readNamespacedDeploymentScale(web))) ?? {}
  body.spec = { replicas: 5 }
  await see('scaled', () => apps.replaceNamespacedDeploymentScale({ ...web, body }))
  await see('wrong', () =>
    apps.createNamespacedDeployment({ namespace, body: deployment('Wrong_Name') }),
  )
  await see('delete', () => core.deleteNamespacedConfigMap(a))
}

async function generic(): Promise<void> {
  await see('objects: create', () => objects.create(configMap('b')))
  await see('objects: apply', () =>
    objects.patch(
      configMap('b'),
      undefined,
      undefined,
      'trial',
      true,
      k8s.PatchStrategy.ServerSideApply,
    ),
  )
  const header = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace } }
  await see('objects: read', () => objects.read(header))
  await see('objects: list', async () =>
    (await objects.list('v1', 'ConfigMap', namespace)).items.map(({ metadata }) => metadata?.name),
  )
  await see('objects: delete', () => objects.delete(configMap('b')))
}

/** Follows ConfigMaps by an informer while they are made, changed and deleted. */
async function informed(): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  const list = (): Promise<k8s.V1ConfigMapList> =>
    core.listNamespacedConfigMap({ namespace, labelSelector: 'informed' })
  const informer = k8s.makeInformer(config, path, list, 'informed')
  const events: string[] = []
  let wake = (): void => {}
  for (const type of ['add', 'update', 'delete'] as const)
    informer.on(type, ({ metadata, data }: k8s.V1ConfigMap) => {
      events.push(`${type} ${metadata?.name} ${data?.['color']}`)
      wake()
    })
  const next = async (act: () => Promise<unknown>): Promise<void> => {
    const woken = new Promise<void>((resolve) => (wake = resolve))
    await act()
    await woken
  }
  await informer.start()
  const seen = { name: 'seen', namespace }
  const body = configMap('seen', { informed: 'yes' })
  await next(() => core.createNamespacedConfigMap({ namespace, body }))
  const red = { ...seen, body: { data: { color: 'red' } } }
  await next(() => core.patchNamespacedConfigMap(red, mergePatch))
  await next(() => core.deleteNamespacedConfigMap(seen))
  await informer.stop()
  await see('informer', () => events)
}

await typed()
await generic()
await informed()
