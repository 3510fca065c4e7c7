import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientTool } from '../framework/client-tools.ts'
import { assetPath, freePorts, noAssets } from '../framework/envtest.ts'
import { Kubectl } from '../framework/kubectl.ts'
import { root, temporaryFolder } from '../framework/paths.ts'
import { Program, run } from '../framework/process.ts'

const versions = ['3.8', '3.17', '4.1']
const chart = join(root, 'test/e2e/differential/commands/files/shop')

/** Why helm cannot be tried here; undefined when it can. */
const missing =
  noAssets ??
  (await clientTool('').then(
    () => undefined,
    (err: unknown) => String(err),
  ))

describe.skipIf(missing !== undefined)(`helm in a playground (${missing ?? 'all'})`, () => {
  const folder = temporaryFolder('helm')
  let program: Program

  beforeAll(async () => {
    const port = await freePorts(2)
    const ports = ['--port', String(port), '--dns-port', String(port + 1)]
    program = new Program('playground', ['--data-dir', folder, ...ports, '--no-demo'])
    await program.prints(/Try next/)
  })

  afterAll(async () => {
    await program.stop('SIGINT')
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(versions)('helm %s waits until both clusters have it', async (version) => {
    const kubectl = new Kubectl(assetPath('kubectl'), join(folder, 'kubeconfig'), folder)
    const namespace = `helm-${version.replace('.', '-')}`
    const binary = await clientTool(`helm-${version}/helm`)
    const env = { KUBECONFIG: join(folder, 'kubeconfig'), HOME: folder }
    const helm = async (line: string): Promise<void> => {
      const context = ['--kube-context', 'federation', '--namespace', namespace]
      const args = [...line.split(' '), '--wait', '--timeout', '40s']
      const result = await run(binary, [...args, ...context], { env })
      expect(result, line).toMatchObject({ code: 0 })
    }
    const images = async (): Promise<string[]> => {
      const path = '{.items[*].spec.template.spec.containers[0].image}'
      const lines = ['eu-west', 'us-east'].map((member) =>
        kubectl.run(`--context=${member} -n ${namespace} get deployments -o "jsonpath=${path}"`),
      )
      return (await Promise.all(lines)).map((line) => line.split(' ')[0] ?? '')
    }
    await helm(`install shop ${chart} --create-namespace --set storage=false`)
    expect(await images()).toEqual(['nginx:1.25', 'nginx:1.25'])
    await helm(`upgrade shop ${chart} --set storage=false,image=nginx:1.27`)
    expect(await images()).toEqual(['nginx:1.27', 'nginx:1.27'])
    const federation = `--context=federation -n ${namespace}`
    const table = await kubectl.run(`${federation} get rs --sort-by=.spec.replicas --no-headers`)
    expect(table).toMatch(/^shop-\S+ +0 +0 +0 .*\nshop-\S+ +2 +2 +2 /)
    await helm('rollback shop 1')
    expect(await images()).toEqual(['nginx:1.25', 'nginx:1.25'])
    await helm('uninstall shop')
    expect(await kubectl.run(`${federation} get deployments,rs -o name`)).toBe('')
  })
})
