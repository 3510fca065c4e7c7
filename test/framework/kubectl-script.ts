import { expect } from 'vitest'
import { dig, digFull } from './dig.ts'
import { eventually } from './eventually.ts'
import type { Kubectl } from './kubectl.ts'

/** What the script runs against: contexts `federation` and the two members in one kubeconfig. */
export interface ScriptTarget {
  readonly kubectl: Kubectl
  readonly members: readonly [string, string]
  readonly namespace: string
  readonly dnsPort: number
  /** `playground.svc.example.test` */
  readonly dnsSuffix: string
  /** Members that give no load-balancer address of their own: the script patches this one into the Service's status. */
  readonly addressToPatch?: Readonly<Record<string, string>>
}

interface Deployment {
  spec: { replicas: number }
  status: { readyReplicas?: number; observedGeneration?: number }
}

interface PodList {
  items: { status: { phase: string } }[]
}

const runningPods = async (target: ScriptTarget, member: string): Promise<number> => {
  const pods = await target.kubectl.json<PodList>(
    `--context=${member} -n ${target.namespace} get pods`,
  )
  return pods.items.filter((p) => p.status.phase === 'Running').length
}

const expectPods = async (
  target: ScriptTarget,
  counts: readonly [number, number],
): Promise<void> => {
  await eventually(async () => {
    const found = [
      await runningPods(target, target.members[0]),
      await runningPods(target, target.members[1]),
    ]
    expect(found.toSorted((a, b) => a - b)).toEqual(counts.toSorted((a, b) => a - b))
  })
}

/** The clusters are listed Ready with version, region and zones. */
export async function clustersAreReady(target: ScriptTarget): Promise<void> {
  const table = await eventually(async () => {
    const out = await target.kubectl.run('--context=federation get clusters')
    for (const member of target.members)
      expect(out).toMatch(new RegExp(`^${member} +Ready +v\\d`, 'm'))
    return out
  })
  expect(table.split('\n')[0]).toMatch(/^NAME +STATUS +VERSION +REGION +ZONES +AGE/)
}

/** Namespace, Deployment and Service by kubectl's own verbs; replicas are split and rolled out, then scaled 4 + 3. */
export async function deploymentIsSplit(target: ScriptTarget): Promise<void> {
  const { kubectl, namespace: ns } = target
  await kubectl.run(`--context=federation create namespace ${ns}`)
  await kubectl.run(
    `--context=federation -n ${ns} create deployment web --image=nginx --replicas=4`,
  )
  await kubectl.run(
    `--context=federation -n ${ns} expose deployment web --type=LoadBalancer --port=80`,
  )
  const rollout = await kubectl.run(
    `--context=federation -n ${ns} rollout status deployment/web --timeout=60s`,
  )
  expect(rollout).toContain('successfully rolled out')
  await expectPods(target, [2, 2])
  await eventually(async () => {
    const row = await kubectl.run(`--context=federation -n ${ns} get deployment web`)
    expect(row).toMatch(/^web +4\/4 +4 +4 /m)
  })
  await kubectl.run(`--context=federation -n ${ns} scale deployment web --replicas=7`)
  await kubectl.run(`--context=federation -n ${ns} rollout status deployment/web --timeout=60s`)
  await expectPods(target, [4, 3])
}

/** The global name answers with both addresses; SRV for the port; zone and region names too. */
export async function serviceHasDnsNames(target: ScriptTarget): Promise<void> {
  const { kubectl, namespace: ns, dnsPort } = target
  for (const [member, address] of Object.entries(target.addressToPatch ?? {})) {
    const patch = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: address }] } } })
    const args = `--context=${member} -n ${ns} get service web -o jsonpath={.metadata.name}`
    await eventually(async () => expect(await kubectl.run(args)).toBe('web'))
    await kubectl.run(
      `--context=${member} replace --raw /api/v1/namespaces/${ns}/services/web/status -f -`,
      {
        input: await patched(kubectl, member, ns, patch),
      },
    )
  }
  const name = `web.${ns}.${target.dnsSuffix}`
  const addresses = await eventually(async () => {
    const found = await dig(dnsPort, name)
    expect(found).toHaveLength(2)
    return found
  })
  const service = await kubectl.run(
    `--context=federation -n ${ns} get service web -o jsonpath={.status.loadBalancer.ingress[*].ip}`,
  )
  expect(service.split(' ').toSorted()).toEqual(addresses)
  const srv = await dig(dnsPort, name, 'SRV')
  expect(srv).toHaveLength(2)
  for (const record of srv) expect(record).toMatch(new RegExp(`^\\d+ \\d+ 80 \\S+\\.${name}\\.$`))
  const clusters = await kubectl.json<{
    items: { metadata: { name: string }; status: { region: string; zones: string[] } }[]
  }>('--context=federation get clusters')
  const [domain, ...fed] = [
    target.dnsSuffix.split('.svc.')[1] ?? '',
    target.dnsSuffix.split('.svc.')[0] ?? '',
  ]
  for (const { status } of clusters.items) {
    const region = `web.${ns}.${fed[0] ?? ''}.svc.${status.region}.${domain}`
    expect(addresses).toEqual(expect.arrayContaining(await dig(dnsPort, region)))
    expect(await dig(dnsPort, region)).toHaveLength(1)
    const zone = `web.${ns}.${fed[0] ?? ''}.svc.${status.zones[0] ?? ''}.${status.region}.${domain}`
    expect(await dig(dnsPort, zone)).toEqual(await dig(dnsPort, region))
  }
  expect(await digFull(dnsPort, 'none.such.' + target.dnsSuffix)).toContain('status: NXDOMAIN')
}

async function patched(
  kubectl: Kubectl,
  member: string,
  ns: string,
  patch: string,
): Promise<string> {
  const service = await kubectl.json<Record<string, unknown>>(
    `--context=${member} -n ${ns} get service web`,
  )
  return JSON.stringify({ ...service, ...(JSON.parse(patch) as object) })
}

/** annotate, label, edit, apply, get -o yaml, -w, describe: each reaches the members where it should. */
export async function everydayVerbsWork(target: ScriptTarget): Promise<void> {
  const { kubectl, namespace: ns } = target
  const federation = `--context=federation -n ${ns}`
  const [first, second] = target.members
  await kubectl.run(`${federation} annotate deployment web example.test/owner=shop`)
  await kubectl.run(`${federation} label deployment web tier=front`)
  for (const member of [first, second])
    await eventually(async () => {
      const out = await kubectl.run(`--context=${member} -n ${ns} get deployment web -o yaml`)
      expect(out).toContain('example.test/owner: shop')
      expect(out).toContain('tier: front')
    })
  const manifest = (color: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: ${ns}}\ndata: {color: ${color}}\n`
  await kubectl.run(`${federation} apply -f -`, { input: manifest('blue') })
  expect(await kubectl.run(`${federation} apply -f -`, { input: manifest('green') })).toContain(
    'configured',
  )
  expect(await kubectl.run(`${federation} apply -f -`, { input: manifest('green') })).toContain(
    'unchanged',
  )
  await kubectl.run(`${federation} edit configmap settings`, {
    env: { KUBE_EDITOR: 'sed -i s/green/red/' },
  })
  for (const member of [first, second])
    await eventually(async () => {
      const color = await kubectl.run(
        `--context=${member} -n ${ns} get configmap settings -o jsonpath={.data.color}`,
      )
      expect(color).toBe('red')
    })
  expect(await kubectl.run(`${federation} describe deployment web`)).toMatch(
    /Replicas: +7 desired \| 7 updated \| 7 total \| 7 available/,
  )
  const watched = await kubectl.try(`${federation} get deployments -w --request-timeout=3s`)
  expect(watched.stdout).toMatch(/^web +7\/7/m)
  await kubectl.run(`${federation} delete configmap settings --timeout=30s`)
  for (const member of [first, second]) {
    const gone = await kubectl.try(`--context=${member} -n ${ns} get configmap settings`)
    expect(gone.stderr).toContain('NotFound')
  }
  const deployment = await kubectl.json<Deployment>(`${federation} get deployment web`)
  expect(deployment.status.readyReplicas).toBe(7)
}

/** Who looks for Pods in the federation is told where they are, and a wish that cannot be met is told to who writes it. */
export async function mistakesAreTold(target: ScriptTarget): Promise<void> {
  const { kubectl, namespace: ns } = target
  const federation = `--context=federation -n ${ns}`
  const [first] = target.members
  const where = `Warning: Pods run in the member clusters, not in the federation: kubectl --context=${first} get pods`
  for (const line of [
    'get pods',
    'logs deployment/web --pod-running-timeout=1s',
    'exec --pod-running-timeout=1s deployment/web -- ls',
    'exec web-1 -- ls',
    'attach --pod-running-timeout=1s deployment/web',
    'port-forward --pod-running-timeout=1s service/web 0:80',
  ])
    expect((await kubectl.try(`${federation} ${line}`)).stderr).toContain(where)
  const logs = await kubectl.try(`--context=${first} -n ${ns} logs deployment/web`)
  expect(logs.stderr).toMatch(/pod web-\S+ runs on node \S+, which is simulated/)
  const wish = (text: string) =>
    `${federation} annotate deployment web --overwrite 'federation.kubernetes.io/deployment-preferences=${text}'`
  const warned = async (line: string, text: string): Promise<void> => {
    const result = await kubectl.try(line)
    expect(result.code).toBe(0)
    expect(result.stderr).toContain(`Warning: ${text}`)
  }
  const field = 'metadata.annotations[federation.kubernetes.io/deployment-preferences]'
  await warned(
    wish('{"clusters":{"nowhere":{},"*":{"weight":1}}}'),
    `${field}: clusters["nowhere"]`,
  )
  await warned(wish('{"clusters":[]}'), `${field}: clusters: must be an object`)
  await kubectl.run(wish('{"clusters":{"*":{"weight":1,"maxReplicas":4}}}'))
  await warned(`${federation} scale deployment web --replicas=9`, '1 of 9 replicas have no place')
  await kubectl.run(`${federation} wait --for=condition=Placed=false deployment/web --timeout=30s`)
  await kubectl.run(`${federation} scale deployment web --replicas=7`)
  await kubectl.run(`${federation} wait --for=condition=Placed deployment/web --timeout=30s`)
  await kubectl.run(`${federation} rollout status deployment/web --timeout=60s`)
}

/** Deleting the namespace takes everything from all three, and its DNS names away. */
export async function namespaceDeletionCascades(target: ScriptTarget): Promise<void> {
  const { kubectl, namespace: ns } = target
  await kubectl.run(`--context=federation delete namespace ${ns} --timeout=60s`, {
    timeoutMs: 70_000,
  })
  for (const context of ['federation', ...target.members])
    await eventually(async () => {
      const result = await kubectl.try(`--context=${context} get namespace ${ns}`)
      expect(result.stderr).toContain('NotFound')
    })
  await eventually(async () =>
    expect(await digFull(target.dnsPort, `web.${ns}.${target.dnsSuffix}`)).toContain(
      'status: NXDOMAIN',
    ),
  )
}
