import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import {
  adoptedAnnotation,
  deploymentPreferencesAnnotation,
  federationUIDAnnotation,
  managedLabel,
  type Tombstone,
  tombstones,
} from '#apimachinery/schema/federation.ts'
import type { ApiClient } from '#client/api-client.ts'
import {
  configMaps,
  deployments,
  find,
  namespace,
  namespaces,
  rowsOf,
  secrets,
  services,
} from '../integration/sync/federation.ts'
import { dig, noDig } from '../framework/dig.ts'
import { freePorts, noMembers } from '../framework/envtest.ts'
import { eventually } from '../framework/eventually.ts'
import type { Kubectl } from '../framework/kubectl.ts'
import { changesWithin, configMap, deployment, merge, refOf } from '../framework/objects.ts'
import { temporaryFolder } from '../framework/paths.ts'
import { Program } from '../framework/process.ts'
import { type Replica, ReplicatedControlPlane } from '../framework/replicated-control-plane.ts'
import { joinAll, RealMembers, RealServer, untilCondition } from '../framework/real-federation.ts'

const missing = noMembers ?? noDig
const why = missing === undefined ? '' : ` (skipped: ${missing})`
const pods = { group: '', version: 'v1', resource: 'pods' }
const serviceAccounts = { group: '', version: 'v1', resource: 'serviceaccounts' }
const names = ['new', 'old']
const everywhereSynced = { new: 'Synced', old: 'Synced' }
const dnsName = 'web.shop.faults.svc.example.test'
const oldAddress = '198.51.100.20'

const webService: ApiObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { type: 'LoadBalancer', ports: [{ port: 80 }], selector: { app: 'web' } },
}

describe.skipIf(missing !== undefined)(`a federation with real members and faults${why}`, () => {
  const folder = temporaryFolder('faults')
  const stack = new AsyncDisposableStack()
  let members: RealMembers
  let server: RealServer
  let client: ApiClient
  let kubectl: Kubectl

  beforeAll(async () => {
    ;[members, server] = await Promise.all([
      RealMembers.up(join(folder, 'members'), {
        new: { region: 'eu-west', zone: 'eu-west-a' },
        old: { version: '1.20', region: 'us-east', zone: 'us-east-a' },
      }),
      RealServer.start(join(folder, 'data'), 'faults'),
    ])
    stack.use(members)
    stack.use(server)
    client = stack.use(await server.client())
    kubectl = server.kubectl(folder, members)
    await joinAll(server.kubeconfig, members)
    for (const name of names) await untilCondition(client, name, 'Ready')
    await client.create(namespaces, namespace('shop'))
    await client.create(deployments, deployment('shop/web', 4))
    await client.create(services, webService)
    await untilStates(deployments, 'shop/web', everywhereSynced)
    await eventually(async () => expect(await inMember('old', services, 'shop/web')).toBeDefined())
    const ingress = [{ ip: oldAddress }]
    await merge(
      members.client('old'),
      services,
      'shop/web',
      { status: { loadBalancer: { ingress } } },
      'status',
    )
  })

  afterAll(async () => {
    await stack.disposeAsync()
    rmSync(folder, { recursive: true, force: true })
  })

  const inMember = (
    name: string,
    gvr: GroupVersionResource,
    key: string,
  ): Promise<ApiObject | undefined> => find(members.client(name), gvr, key)

  const untilStates = (
    gvr: GroupVersionResource,
    key: string,
    states: Record<string, string>,
  ): Promise<void> =>
    eventually(async () => {
      const rows = await rowsOf(client, gvr, key)
      expect(Object.fromEntries(Object.entries(rows).map(([c, { state }]) => [c, state]))).toEqual(
        states,
      )
    })

  const shares = async (name: string): Promise<Record<string, number | undefined>> =>
    Object.fromEntries(
      Object.entries(await rowsOf(client, deployments, `shop/${name}`)).map(([c, row]) => [
        c,
        row.replicas,
      ]),
    )

  /** Of the copies: a change of what is desired, and nothing else, raises it. */
  const generationIn = async (name: string, key: string): Promise<number | undefined> =>
    (await inMember(name, deployments, key))?.metadata.generation

  /** Of ConfigMaps in a member's namespace `shop` whose names begin so. */
  const arrived = async (name: string, prefix: string): Promise<string[]> => {
    const { items } = await members.client(name).list(configMaps, { namespace: 'shop' })
    return items.map(({ metadata }) => metadata.name).filter((n) => n.startsWith(prefix))
  }

  const debts = async (): Promise<string[]> =>
    (await client.list<Tombstone>(tombstones)).items
      .map(({ spec }) => `${spec.cluster} ${spec.resource} ${spec.name}`)
      .toSorted()

  test('what must never leave stays at home, and what members have of the kind is left alone', async () => {
    // The member's own controller makes it a moment after the namespace.
    const before = await eventually(async () => {
      const found = await Promise.all(
        names.map((name) => inMember(name, configMaps, 'shop/kube-root-ca.crt')),
      )
      for (const ca of found) expect(ca).toBeDefined()
      return found
    })
    await client.create(namespaces, namespace('kube-lab'))
    const token = (key: string): ApiObject => ({
      ...configMap(key),
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
    })
    const robot = token('shop/robot')
    robot.metadata.annotations = { 'kubernetes.io/service-account.name': 'default' }
    delete robot['data']
    await client.create(secrets, robot)
    for (const key of ['kube-lab/inside', 'federation-system/own', 'shop/openshift-service-ca.crt'])
      await client.create(configMaps, configMap(key, { a: '1' }))
    await eventually(async () => {
      const ours = await find(client, configMaps, 'shop/kube-root-ca.crt')
      expect(ours?.['data']).toBeDefined()
    })
    // What is created last has arrived: the others would have, too.
    await client.create(configMaps, configMap('shop/marker'))
    await untilStates(configMaps, 'shop/marker', everywhereSynced)
    for (const [index, name] of names.entries()) {
      expect(await inMember(name, namespaces, 'kube-lab')).toBeUndefined()
      expect(await inMember(name, configMaps, 'shop/openshift-service-ca.crt')).toBeUndefined()
      expect(await inMember(name, configMaps, 'federation-system/own')).toBeUndefined()
      expect(await inMember(name, secrets, 'shop/robot')).toBeUndefined()
      expect(await inMember(name, configMaps, 'shop/kube-root-ca.crt')).toEqual(before[index])
      for (const gvr of [namespaces, configMaps, secrets, serviceAccounts]) {
        const labelSelector = `${managedLabel}=true`
        const { items } = await members.client(name).list(gvr, { labelSelector })
        const copies = items.map(({ metadata: m }) => `${m.namespace ?? ''}/${m.name}`)
        for (const copy of copies) expect(copy).not.toMatch(/^\/?kube-|federation-system|root-ca/)
        if (gvr === secrets || gvr === serviceAccounts) expect(copies).toEqual([])
      }
    }
  })

  test('drift is repaired; what members add or own stays', async () => {
    await client.create(configMaps, configMap('shop/drift', { a: '1' }))
    await untilStates(configMaps, 'shop/drift', everywhereSynced)
    const given = new Map<string, unknown>()
    for (const name of names) {
      const member = members.client(name)
      const local = { labels: { local: 'x' }, annotations: { 'example.test/by': 'member' } }
      await merge(member, configMaps, 'shop/drift', { metadata: local, data: { a: 'changed' } })
      await eventually(async () =>
        expect((await inMember(name, configMaps, 'shop/drift'))?.['data']).toEqual({ a: '1' }),
      )
      const repaired = await inMember(name, configMaps, 'shop/drift')
      expect(repaired?.metadata.labels).toMatchObject(local.labels)
      expect(repaired?.metadata.annotations).toMatchObject(local.annotations)
      await member.delete(configMaps, refOf('shop/drift'))
      await eventually(async () =>
        expect((await inMember(name, configMaps, 'shop/drift'))?.['data']).toEqual({ a: '1' }),
      )
      const spec = (await inMember(name, services, 'shop/web'))?.spec
      expect(spec?.['ports']).toMatchObject([{ port: 80, nodePort: expect.any(Number) }])
      given.set(name, [spec?.['clusterIP'], spec?.['ports']])
      await member.create(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/service-account-token',
        metadata: {
          name: 'members-own',
          namespace: 'shop',
          annotations: { 'kubernetes.io/service-account.name': 'default' },
        },
      })
      await merge(member, deployments, 'shop/web', { spec: { replicas: 9 } })
      await eventually(async () =>
        expect((await inMember(name, deployments, 'shop/web'))?.spec).toMatchObject({
          replicas: 2,
        }),
      )
    }
    await merge(client, services, 'shop/web', { metadata: { labels: { tier: 'front' } } })
    for (const name of names) {
      await eventually(async () => {
        const copy = await inMember(name, services, 'shop/web')
        expect(copy?.metadata.labels).toMatchObject({ tier: 'front' })
        expect([copy?.spec?.['clusterIP'], copy?.spec?.['ports']]).toEqual(given.get(name))
      })
      const own = await inMember(name, secrets, 'shop/members-own')
      expect(own?.['data']).toHaveProperty('token')
      expect(own?.metadata.labels?.[managedLabel]).toBeUndefined()
    }
  })

  test('a field that an old member drops makes no endless writes', async () => {
    const os = ['template', 'spec', 'os']
    expect((await inMember('new', deployments, 'shop/web'))?.spec).toHaveProperty(os)
    expect((await inMember('old', deployments, 'shop/web'))?.spec).not.toHaveProperty(os)
    await kubectl.run('--context=federation -n shop rollout status deployment/web --timeout=60s')
    const kinds = [namespaces, configMaps, services, deployments]
    // The member's own controllers may have something to say at first.
    await eventually(async () => {
      const changes = await Promise.all(
        names.flatMap((name) => kinds.map((gvr) => changesWithin(3, members.client(name), gvr))),
      )
      expect(changes.flat()).toEqual([])
    })
  })

  test('what is there and not ours is reported, and neither overwritten nor deleted; its namespace is adopted', async () => {
    const member = members.client('old')
    await member.create(namespaces, namespace('ledger'))
    const taken = await member.create(configMaps, configMap('ledger/taken', { mine: 'yes' }))
    await client.create(namespaces, namespace('ledger'))
    await client.create(configMaps, configMap('ledger/taken', { ours: '1' }))
    await client.create(configMaps, configMap('ledger/free', { ours: '1' }))
    await untilStates(configMaps, 'ledger/taken', { new: 'Synced', old: 'Conflict' })
    await untilStates(configMaps, 'ledger/free', everywhereSynced)
    const rows = await rowsOf(client, configMaps, 'ledger/taken')
    expect(rows['old']).toMatchObject({ reason: 'AlreadyExists', message: /left as it is/ })
    await eventually(async () => {
      const text = await kubectl.run('--context=federation -n ledger describe configmap taken')
      expect(text).toMatch(/Warning +ConflictInCluster .*cluster old: .*"taken" is there already/)
    })
    await merge(client, configMaps, 'ledger/taken', { data: { ours: '2' } })
    await eventually(async () =>
      expect((await inMember('new', configMaps, 'ledger/taken'))?.['data']).toEqual({ ours: '2' }),
    )
    const adopted = await inMember('old', namespaces, 'ledger')
    expect(adopted?.metadata.annotations?.[adoptedAnnotation]).toBe('true')
    await kubectl.run('--context=federation delete namespace ledger --timeout=60s')
    expect(await inMember('new', namespaces, 'ledger')).toBeUndefined()
    expect(await inMember('old', configMaps, 'ledger/free')).toBeUndefined()
    expect(await inMember('old', configMaps, 'ledger/taken')).toEqual(taken)
    const left = await inMember('old', namespaces, 'ledger')
    expect(left?.metadata.deletionTimestamp).toBeUndefined()
    expect(left?.metadata.annotations?.[federationUIDAnnotation]).toBeUndefined()
  })

  test('endpoints that become not ready take their address out of the answers, and bring it back', async () => {
    const both = await eventually(async () => {
      const found = await dig(server.dnsPort, dnsName)
      expect(found).toHaveLength(2)
      return found
    })
    expect(both).toContain(oldAddress)
    const member = members.client('old')
    const setReady = async (status: 'True' | 'False'): Promise<void> => {
      const { items } = await member.list(pods, { namespace: 'shop', labelSelector: 'app=web' })
      const types = ['Initialized', 'ContainersReady', 'Ready', 'PodScheduled']
      const conditions = types.map((type) => ({ type, status: type === 'Ready' ? status : 'True' }))
      for (const { metadata } of items)
        await merge(member, pods, `shop/${metadata.name}`, { status: { conditions } }, 'status')
    }
    await setReady('False')
    await eventually(async () =>
      expect(await dig(server.dnsPort, dnsName)).toEqual(both.filter((a) => a !== oldAddress)),
    )
    await setReady('True')
    await eventually(async () => expect(await dig(server.dnsPort, dnsName)).toEqual(both))
  })

  describe('while a member is paused', () => {
    let generations: (number | undefined)[] = []

    test('creates reach the other one fast', async () => {
      await members.fault('new', 'pause')
      const started = performance.now()
      await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          client.create(configMaps, configMap(`shop/paused-${i}`)),
        ),
      )
      await eventually(async () => expect(await arrived('old', 'paused-')).toHaveLength(30), {
        timeoutMs: 10_000,
      })
      expect(performance.now() - started).toBeLessThan(5_000)
    })

    test('a delete ends, before anybody has noticed that the member is away', async () => {
      const started = performance.now()
      await kubectl.run('--context=federation -n shop delete configmap marker --timeout=60s')
      expect(performance.now() - started).toBeLessThan(30_000)
      expect(await inMember('old', configMaps, 'shop/marker')).toBeUndefined()
      expect(await debts()).toEqual(['new configmaps marker'])
    })

    test('it is seen as Offline', async () => {
      await eventually(async () => {
        const table = await kubectl.run('--context=federation get clusters')
        expect(table).toMatch(/^new +Offline /m)
        expect(table).toMatch(/^old +Ready /m)
      })
    })

    test('replicas are placed where there is an answer; what it has it keeps', async () => {
      await kubectl.run('--context=federation -n shop scale deployment web --replicas=7')
      await client.create(deployments, deployment('shop/fresh', 3))
      await eventually(async () => {
        expect(await shares('web')).toEqual({ new: 2, old: 5 })
        expect(await shares('fresh')).toEqual({ old: 3 })
        for (const [key, replicas] of [
          ['shop/web', 5],
          ['shop/fresh', 3],
        ] as const)
          expect((await inMember('old', deployments, key))?.spec).toMatchObject({ replicas })
      })
      generations = await Promise.all(
        ['shop/web', 'shop/fresh'].map((key) => generationIn('old', key)),
      )
    })

    test('what cannot be placed says so, with numbers and names, until it can', async () => {
      const stuck = deployment('shop/stuck', 3)
      const preferences = JSON.stringify({ clusters: { new: { weight: 1 } } })
      stuck.metadata.annotations = { [deploymentPreferencesAnnotation]: preferences }
      await client.create(deployments, stuck)
      const decision = '--context=federation -n shop'
      // It fails at once for what is not there yet.
      await eventually(() =>
        kubectl.run(
          `${decision} wait --for=condition=Placed=false placementdecision/deployments.apps.stuck --timeout=30s`,
        ),
      )
      await kubectl.run(
        `${decision} wait --for=condition=Placed=false deployment/stuck --timeout=30s`,
      )
      const table = await kubectl.run(`${decision} get placementdecisions -o wide`)
      const why =
        '3 of 3 replicas have no place: new does not answer steadily, old is not among the preferences'
      expect(table).toMatch(new RegExp(`^deployments.apps.stuck .* Unplaced .* ${why}$`, 'm'))
      const text = await kubectl.run(
        `${decision} describe placementdecision deployments.apps.stuck`,
      )
      expect(text).toContain(why)
    })

    test('all converges when it is resumed, and nothing is moved', async () => {
      await members.fault('new', 'resume')
      await untilCondition(client, 'new', 'Ready')
      await kubectl.run(
        '--context=federation -n shop wait --for=condition=Placed placementdecision/deployments.apps.stuck --timeout=30s',
      )
      await eventually(async () => {
        expect(await arrived('new', 'paused-')).toHaveLength(30)
        expect(await debts()).toEqual([])
      })
      expect(await inMember('new', configMaps, 'shop/marker')).toBeUndefined()
      await untilStates(deployments, 'shop/web', everywhereSynced)
      await kubectl.run('--context=federation -n shop rollout status deployment/web --timeout=60s')
      expect(await shares('web')).toEqual({ new: 2, old: 5 })
      expect(await shares('fresh')).toEqual({ old: 3 })
      expect((await inMember('new', deployments, 'shop/web'))?.spec).toMatchObject({ replicas: 2 })
      expect(await inMember('new', deployments, 'shop/fresh')).toBeUndefined()
      expect(
        await Promise.all(['shop/web', 'shop/fresh'].map((key) => generationIn('old', key))),
      ).toEqual(generations)
    })

    test('creates that were under way when the control plane was killed leave nothing, once their objects are deleted', async () => {
      await members.fault('new', 'pause')
      const late = Array.from({ length: 30 }, (_, i) => `late-${i}`)
      await Promise.all(late.map((name) => client.create(configMaps, configMap(`shop/${name}`))))
      await eventually(async () => expect(await arrived('old', 'late-')).toHaveLength(30))
      await server.restart()
      await Promise.all(late.map((name) => client.delete(configMaps, refOf(`shop/${name}`))))
      await members.fault('new', 'resume')
      await untilCondition(client, 'new', 'Ready')
      await eventually(async () => {
        const { items } = await client.list(configMaps, { namespace: 'shop' })
        expect(items.filter(({ metadata }) => metadata.name.startsWith('late-'))).toEqual([])
        expect(await debts()).toEqual([])
      })
      for (const name of names) expect(await arrived(name, 'late-')).toEqual([])
    })
  })

  describe('while a member is dead', () => {
    const doomed = ['paused-0', 'paused-1']
    const owed = [
      'old configmaps inside',
      ...doomed.map((name) => `old configmaps ${name}`),
      'old deployments fresh',
      'old namespaces brief',
    ]
    const acknowledged: string[] = []
    let killedAt = 0
    let both: string[] = []
    let dns: Program
    let dnsPort = 0
    let dnsArgs: string[] = []
    let generation: number | undefined

    test('deletes end, with what is owed on record', async () => {
      both = await eventually(async () => {
        const found = await dig(server.dnsPort, dnsName)
        expect(found).toHaveLength(2)
        return found
      })
      await client.create(namespaces, namespace('brief'))
      await client.create(configMaps, configMap('brief/inside'))
      await untilStates(configMaps, 'brief/inside', everywhereSynced)
      await members.fault('old', 'kill')
      killedAt = performance.now()
      await kubectl.run(
        `--context=federation -n shop delete configmap ${doomed.join(' ')} --timeout=20s`,
      )
      await kubectl.run('--context=federation -n shop delete deployment fresh --timeout=20s')
      await kubectl.run('--context=federation delete namespace brief --timeout=30s')
      expect(performance.now() - killedAt).toBeLessThan(30_000)
      expect(await inMember('new', namespaces, 'brief')).toBeUndefined()
      for (const name of doomed)
        expect(await inMember('new', configMaps, `shop/${name}`)).toBeUndefined()
      const table = await kubectl.run('--context=federation get tombstones')
      for (const name of doomed) expect(table).toMatch(new RegExp(`\\b${name}\\b`))
      expect(await debts()).toEqual(owed)
      // Under the name of one that is owed: another object.
      await client.create(configMaps, configMap('shop/paused-1', { again: 'yes' }))
    })

    test('a DNS server of its own has all names', async () => {
      dnsPort = await freePorts(1)
      dnsArgs = ['--dns-port', String(dnsPort), '--bind-address', '127.0.0.1']
      dnsArgs.push('--federation-name', 'faults', '--snapshot-file', join(folder, 'snapshot.json'))
      dnsArgs.push('--kubeconfig', server.kubeconfig, '--context', 'federation')
      dns = new Program('federation-dns', dnsArgs)
      stack.defer(async () => void (await dns.stop('SIGKILL')))
      await eventually(async () => expect((await dig(dnsPort, dnsName)).length).toBeGreaterThan(0))
      // The snapshot is written a moment after the answers.
      await eventually(async () => {
        const { readFile } = await import('node:fs/promises')
        expect(await readFile(join(folder, 'snapshot.json'), 'utf8')).toContain(oldAddress)
      })
    })

    test('the control plane killed under load: DNS answers on, also after a restart of its own', async () => {
      generation = await generationIn('new', 'shop/web')
      await writeUntilKilled(acknowledged, 100)
      expect(acknowledged.length).toBeGreaterThanOrEqual(100)
      expect((await dig(dnsPort, dnsName)).length).toBeGreaterThan(0)
      await dns.stop('SIGKILL')
      dns = new Program('federation-dns', dnsArgs)
      await eventually(async () => expect((await dig(dnsPort, dnsName)).length).toBeGreaterThan(0))
    })

    test('restarted on the same folder it has all it acknowledged, and moves nothing', async () => {
      await server.restart()
      const { items } = await client.list(configMaps, { namespace: 'shop' })
      const stored = items.map(({ metadata }) => metadata.name)
      expect(stored).toEqual(expect.arrayContaining(acknowledged))
      await eventually(async () =>
        expect(await arrived('new', 'load-')).toEqual(expect.arrayContaining(acknowledged)),
      )
      expect(await shares('web')).toEqual({ new: 2, old: 5 })
      expect(await generationIn('new', 'shop/web')).toBe(generation)
      expect(await debts()).toEqual(owed)
    })

    describe('two other control planes on one etcd, meanwhile', () => {
      let plane: ReplicatedControlPlane
      let leader: Replica
      let standby: Replica

      /** Resolves when a ConfigMap made through the standby is in the member, made by whoever leads. */
      const passesOn = async (name: string): Promise<void> => {
        await standby.client.create(configMaps, configMap(`relay/${name}`))
        await eventually(async () =>
          expect(await inMember('new', configMaps, `relay/${name}`)).toBeDefined(),
        )
      }

      beforeAll(async () => {
        plane = stack.use(await ReplicatedControlPlane.start(join(folder, 'replicated')))
        const index = await plane.leader()
        leader = plane.replicas[index]
        standby = plane.replicas[index === 0 ? 1 : 0]
        await joinAll(leader.kubeconfig, members, ['new'])
        await untilCondition(standby.client, 'new', 'Ready')
        await leader.client.create(namespaces, namespace('relay'))
      })
      afterAll(() => plane[Symbol.asyncDispose]())

      test('writes through either are passed on, by one of them', async () => {
        await passesOn('first')
        expect(standby.manager.output).not.toContain('became leader')
      })

      test('etcd restarted: a write made meanwhile waits for it, and who led leads on', async () => {
        await plane.etcd.stop()
        const write = passesOn('meanwhile')
        plane.etcd.resume()
        await write
        await passesOn('afterwards')
        expect(leader.manager.exitCode).toBeNull()
        expect(standby.manager.output).not.toContain('became leader')
      })

      test('the leading one killed: the other takes over within the time of its lease', async () => {
        await Promise.all([leader.manager.stop('SIGKILL'), leader.server.stop('SIGKILL')])
        // The lease lasts 15 s, and is looked at every 2 s.
        const started = performance.now()
        await passesOn('after-kill')
        expect(performance.now() - started).toBeLessThan(25_000)
        await standby.client.delete(configMaps, refOf('relay/first'))
        await eventually(async () =>
          expect(await inMember('new', configMaps, 'relay/first')).toBeUndefined(),
        )
        // Copies of the other federation are not theirs.
        expect(await arrived('new', 'paused-')).not.toHaveLength(0)
      })
    })

    test('its address leaves the answers', async () => {
      const left = both.filter((address) => address !== oldAddress)
      for (const port of [server.dnsPort, dnsPort])
        await eventually(async () => expect(await dig(port, dnsName)).toEqual(left), {
          timeoutMs: Math.max(0, killedAt + 90_000 - performance.now()),
        })
    })

    test('revived it pays its debts, gets what it missed, and its address is back', async () => {
      await members.fault('old', 'revive')
      await eventually(async () => {
        // The member's own controller takes its time over a namespace.
        expect((await debts()).filter((debt) => !debt.includes('namespaces'))).toEqual([])
        const brief = await inMember('old', namespaces, 'brief')
        expect(brief === undefined || brief.metadata.deletionTimestamp !== undefined).toBe(true)
      })
      expect(await inMember('old', configMaps, 'shop/paused-0')).toBeUndefined()
      expect(await inMember('old', deployments, 'shop/fresh')).toBeUndefined()
      await eventually(async () => {
        expect((await inMember('old', configMaps, 'shop/paused-1'))?.['data']).toEqual({
          again: 'yes',
        })
        expect(await arrived('old', 'load-')).toEqual(expect.arrayContaining(acknowledged))
      })
      await untilStates(configMaps, 'shop/paused-1', everywhereSynced)
      expect(await shares('web')).toEqual({ new: 2, old: 5 })
      for (const port of [server.dnsPort, dnsPort])
        await eventually(async () => expect(await dig(port, dnsName)).toEqual(both))
    })

    /** Creates on several connections at once, kills the server after so many answers, and goes on until all writers have failed. */
    async function writeUntilKilled(answered: string[], enough: number): Promise<void> {
      let next = 0
      let killing: Promise<unknown> | undefined
      const write = async (): Promise<void> => {
        for (;;) {
          const name = `load-${next++}`
          try {
            await client.create(configMaps, configMap(`shop/${name}`), { timeoutMs: 2_000 })
          } catch {
            return
          }
          answered.push(name)
          if (answered.length >= enough) killing ??= server.kill()
        }
      }
      await Promise.all(Array.from({ length: 16 }, write))
      await killing
    }
  })
})
