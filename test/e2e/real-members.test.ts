import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cluster } from '#apimachinery/schema/federation.ts'
import { assetPath, freePorts, noMembers, RealMember } from '../framework/envtest.ts'
import { noDig } from '../framework/dig.ts'
import { eventually } from '../framework/eventually.ts'
import { Kubectl } from '../framework/kubectl.ts'
import * as script from '../framework/kubectl-script.ts'
import { root, temporaryFolder } from '../framework/paths.ts'
import { Program, run } from '../framework/process.ts'

const missing = noMembers ?? noDig
const why = missing === undefined ? '' : ` (skipped: ${missing})`

describe.skipIf(missing !== undefined)(
  `a federation on etcd with real 1.36 and 1.20 members${why}`,
  () => {
    const folder = temporaryFolder('real')
    const stack = new AsyncDisposableStack()
    let kubeconfig = ''
    let kubectl: Kubectl
    let dnsPort = 0

    const kubefed = async (...args: string[]): Promise<Awaited<ReturnType<typeof run>>> =>
      await run(process.execPath, [join(root, 'deploy', 'bin', 'kubefed.mjs'), ...args], {
        env: { KUBECONFIG: kubeconfig },
        timeoutMs: 60_000,
      })

    beforeAll(async () => {
      const port = await freePorts(4)
      dnsPort = port + 1
      const etcd = spawn(
        assetPath('etcd'),
        [
          ...['--name', 'federation', '--data-dir', join(folder, 'etcd'), '--log-level', 'error'],
          ...['--listen-client-urls', `http://127.0.0.1:${port + 2}`],
          ...['--advertise-client-urls', `http://127.0.0.1:${port + 2}`],
          ...['--listen-peer-urls', `http://127.0.0.1:${port + 3}`],
          ...['--initial-advertise-peer-urls', `http://127.0.0.1:${port + 3}`],
          ...['--initial-cluster', `federation=http://127.0.0.1:${port + 3}`],
        ],
        { stdio: 'ignore' },
      )
      stack.defer(() => void etcd.kill())
      const members = await Promise.all([
        RealMember.up('new', join(folder, 'members'), { region: 'eu-west', zone: 'eu-west-a' }),
        RealMember.up('old', join(folder, 'members'), {
          version: '1.20',
          region: 'us-east',
          zone: 'us-east-a',
        }),
      ])
      for (const member of members) stack.use(member)
      const server = stack.use(
        new Program('federation-server', [
          ...[
            '--data-dir',
            join(folder, 'data'),
            '--port',
            String(port),
            '--dns-port',
            String(dnsPort),
          ],
          ...['--etcd-servers', `http://127.0.0.1:${port + 2}`, '--federation-name', 'real'],
        ]),
      )
      await server.prints(/ready/i)
      kubeconfig = [join(folder, 'data', 'kubeconfig'), ...members.map((m) => m.kubeconfig)].join(
        ':',
      )
      kubectl = new Kubectl(assetPath('kubectl'), kubeconfig, join(folder, 'cache'))
    })

    afterAll(async () => {
      await stack.disposeAsync()
      rmSync(folder, { recursive: true, force: true })
    })

    const target = (): script.ScriptTarget => ({
      kubectl,
      members: ['new', 'old'],
      namespace: 'shop',
      dnsPort,
      dnsSuffix: 'real.svc.example.test',
      addressToPatch: { old: '198.51.100.20' },
    })

    test('a context that does not exist is named, with those that do', async () => {
      const result = await kubefed(
        'join',
        'new',
        '--context=federation',
        '--cluster-context=nowhere',
        '--host-cluster-context=federation',
      )
      expect(result.code).not.toBe(0)
      expect(result.stderr).toMatch(/nowhere/)
      expect(result.stderr).toMatch(/old/)
    })

    test.each(['new', 'old'])('kubefed join %s', async (name) => {
      const result = await kubefed(
        'join',
        name,
        '--context=federation',
        `--cluster-context=${name}`,
        '--host-cluster-context=federation',
      )
      expect(result).toMatchObject({ code: 0 })
      expect(result.stdout).toContain(`cluster "${name}" created`)
    })

    test('joining twice is refused and changes nothing', async () => {
      const result = await kubefed(
        'join',
        'new',
        '--context=federation',
        '--cluster-context=new',
        '--host-cluster-context=federation',
      )
      expect(result.code).not.toBe(0)
      expect(result.stderr).toMatch(/already/)
      await script.clustersAreReady(target())
    })

    test('clusters are Ready', async () => await script.clustersAreReady(target()))
    test('a deployment is split and scaled', async () => await script.deploymentIsSplit(target()))
    test('a service has its names', async () => await script.serviceHasDnsNames(target()))
    test('everyday verbs work', async () => await script.everydayVerbsWork(target()))
    test('what --cascade=orphan left is taken over by a new object, when it asks for that', async () => {
      const inShop = '--context=federation -n shop'
      const untilState = (state: string): Promise<string> =>
        eventually(async () => {
          const table = await kubectl.run(`${inShop} get placementdecisions -o wide`)
          expect(table).toMatch(new RegExp(`^configmaps.kept .* new,old +${state} `, 'm'))
          return table
        })
      await kubectl.run(`${inShop} create configmap kept --from-literal=a=1`)
      await untilState('Synced')
      await kubectl.run(`${inShop} delete configmap kept --cascade=orphan --timeout=60s`)
      await kubectl.run(`${inShop} create configmap kept --from-literal=a=2`)
      const [advice] = /\bfederation\.\S+=true\b/.exec(await untilState('Conflict')) ?? []
      await kubectl.run(`${inShop} annotate configmap kept ${advice}`)
      await untilState('Synced')
      for (const name of ['new', 'old']) {
        const data = `--context=${name} -n shop get configmap kept -o jsonpath={.data.a}`
        expect(await kubectl.run(data)).toBe('2')
      }
      await kubectl.run(`${inShop} delete configmap kept --timeout=60s`)
    })

    test('deleting the namespace cascades', async () =>
      await script.namespaceDeletionCascades(target()))

    test('one API server under two names is used under the older one only', async () => {
      const found = await kubectl.run('--context=federation get cluster new -o json')
      const { spec } = JSON.parse(found) as Cluster
      for (const entry of spec.serverAddressByClientCIDRs)
        entry.serverAddress = entry.serverAddress.replace('127.0.0.1', 'localhost')
      const copycat = { apiVersion: 'federation/v1beta1', kind: 'Cluster', spec }
      const file = join(folder, 'copycat.json')
      writeFileSync(file, JSON.stringify({ ...copycat, metadata: { name: 'copycat' } }))
      await kubectl.run(`--context=federation create -f ${file}`)
      await eventually(async () => {
        const table = await kubectl.run('--context=federation get clusters')
        expect(table).toMatch(/^copycat +NotReady /m)
        expect(table).toMatch(/^new +Ready /m)
      })
      expect(await kubectl.run('--context=federation describe cluster copycat')).toContain(
        'it is the same cluster as "new"',
      )
      await kubectl.run('--context=federation delete cluster copycat --timeout=30s')
    })

    test('what was deleted while a cluster was out is told when it is back, and deleted there when that is asked for', async () => {
      await kubectl.run('--context=federation create namespace left')
      await kubectl.run('--context=federation -n left create configmap over')
      const over = '--context=old get configmaps -A -o name --field-selector=metadata.name=over'
      await eventually(async () => expect(await kubectl.run(over)).toBe('configmap/over\n'))
      const membership = ['old', '--context=federation', '--cluster-context=old']
      expect(await kubefed('unjoin', ...membership)).toMatchObject({ code: 0 })
      await kubectl.run('--context=federation delete namespace left --timeout=60s')
      expect(await kubefed('join', ...membership)).toMatchObject({ code: 0 })
      await eventually(async () =>
        expect(await kubectl.run('--context=federation describe cluster old')).toMatch(
          /2 objects .*: configmaps left\/over, namespaces left\. /,
        ),
      )
      expect(await kubectl.run(over)).toBe('configmap/over\n')
      const consent = 'federation.kubernetes.io/delete-leftovers=true'
      await kubectl.run(`--context=federation annotate cluster old ${consent}`)
      await eventually(async () => {
        const namespaces = await kubectl.run('--context=old get namespaces -o name')
        expect(namespaces).not.toContain('namespace/left')
        const text = await kubectl.run('--context=federation describe cluster old')
        expect(text).not.toMatch(/LeftoverCopies|delete-leftovers/)
      })
    })

    test('kubefed unjoin leaves nothing of its own behind', async () => {
      const result = await kubefed(
        'unjoin',
        'old',
        '--context=federation',
        '--cluster-context=old',
        '--host-cluster-context=federation',
      )
      expect(result).toMatchObject({ code: 0 })
      expect(await kubectl.run('--context=federation get clusters')).not.toMatch(/^old /m)
      await eventually(async () => {
        const roles = await kubectl.run(
          '--context=old get clusterroles,clusterrolebindings -o name',
        )
        expect(roles).not.toMatch(/federation/)
      })
      expect(
        (await kubectl.try('--context=old -n federation-system get serviceaccounts -o name'))
          .stdout,
      ).not.toMatch(/kubefed|federation-controller/)
    })

    test('kubectl delete cluster takes the credentials along; kubefed unjoin does the rest', async () => {
      const inSystem = '-n federation-system'
      await eventually(async () => {
        const owner = await kubectl.run(
          `--context=federation ${inSystem} get secret new-credentials -o jsonpath={.metadata.ownerReferences[*].kind}`,
        )
        expect(owner).toBe('Cluster')
      })
      await kubectl.run('--context=federation delete cluster new --timeout=30s')
      await eventually(async () => {
        const secrets = await kubectl.run(`--context=federation ${inSystem} get secrets -o name`)
        expect(secrets).not.toContain('new-credentials')
      })
      const accounts = `--context=new ${inSystem} get serviceaccounts -o name`
      expect(await kubectl.run(accounts)).toMatch(/federation-new-/)
      expect(
        await kubefed('unjoin', 'new', '--context=federation', '--cluster-context=new'),
      ).toMatchObject({ code: 0 })
      expect(await kubectl.run(accounts)).not.toMatch(/federation-new-/)
    })
  },
)
