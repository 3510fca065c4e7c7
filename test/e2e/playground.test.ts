import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assetPath, freePorts, kubectl127, noAssets } from '../framework/envtest.ts'
import { noDig } from '../framework/dig.ts'
import { Kubectl } from '../framework/kubectl.ts'
import * as script from '../framework/kubectl-script.ts'
import { temporaryFolder } from '../framework/paths.ts'
import { Program } from '../framework/process.ts'

const versions: { version: string; binary: string; missing: string | undefined }[] = [
  { version: '1.36', binary: assetPath('kubectl'), missing: noAssets ?? noDig },
  {
    version: '1.27',
    binary: kubectl127 ?? '',
    missing:
      noDig ??
      (kubectl127 === undefined
        ? 'KUBECTL_1_27 is not set: no kubectl 1.27 to test with'
        : undefined),
  },
]

describe('npm start', () => {
  const folder = temporaryFolder('playground')
  let program: Program
  let dnsPort = 0

  beforeAll(async () => {
    const port = await freePorts(2)
    dnsPort = port + 1
    program = new Program('playground', [
      '--data-dir',
      folder,
      '--port',
      String(port),
      '--dns-port',
      String(dnsPort),
    ])
    await program.prints(/Try next/)
  })

  afterAll(async () => {
    expect(await program.stop('SIGINT')).toBe(0)
    rmSync(folder, { recursive: true, force: true })
  })

  test('shows the servers, the clusters, nginx split 2 / 2 and the name with both addresses', () => {
    expect(program.output).toMatch(/eu-west +Ready/)
    expect(program.output).toMatch(/us-east +Ready/)
    expect(program.output).toMatch(/nginx.*4\/4/)
    expect(program.output).toMatch(/nginx\.default\.playground\.svc\.example\.test/)
  })

  test('the kubeconfig is for its owner only', () => {
    const mode = execFileSync('stat', ['-c', '%a', join(folder, 'kubeconfig')])
      .toString()
      .trim()
    expect(mode).toBe('600')
  })

  describe.each(versions)('kubectl $version', ({ version, binary, missing }) => {
    const target = (): script.ScriptTarget => ({
      kubectl: new Kubectl(binary, join(folder, 'kubeconfig'), join(folder, `cache-${version}`)),
      members: ['eu-west', 'us-east'],
      namespace: `shop-${version.replace('.', '-')}`,
      dnsPort,
      dnsSuffix: 'playground.svc.example.test',
    })
    const step = test.skipIf(missing !== undefined)
    const why = missing === undefined ? '' : ` (${missing})`
    step(`clusters are Ready${why}`, async () => await script.clustersAreReady(target()))
    step(
      `a deployment is split and scaled${why}`,
      async () => await script.deploymentIsSplit(target()),
    )
    step(`a service has its names${why}`, async () => await script.serviceHasDnsNames(target()))
    step(`everyday verbs work${why}`, async () => await script.everydayVerbsWork(target()))
    step(`mistakes are told${why}`, async () => await script.mistakesAreTold(target()))
    step(
      `deleting the namespace cascades${why}`,
      async () => await script.namespaceDeletionCascades(target()),
    )
  })
})
