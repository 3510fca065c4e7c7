import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noDig } from '../framework/dig.ts'
import { assetPath, freePorts, noAssets } from '../framework/envtest.ts'
import { root, temporaryFolder } from '../framework/paths.ts'
import { Program, run } from '../framework/process.ts'
import { blocksOf } from '../presubmit/documents.ts'

const missing = noAssets ?? noDig
const why = missing === undefined ? '' : ` (${missing})`

/** Console blocks of the README that need nothing but the playground. */
const blocks = blocksOf('README.md')
  .filter(({ language, text }) => language === 'console' && text.includes('--context=eu-west'))
  .map(({ line, text }) => ({ line, text }))

describe.skipIf(missing !== undefined)(`the README, run as it stands${why}`, () => {
  const folder = temporaryFolder('readme')
  let program: Program
  let dnsPort = 0

  beforeAll(async () => {
    mkdirSync(join(folder, 'bin'))
    symlinkSync(assetPath('kubectl'), join(folder, 'bin', 'kubectl'))
    symlinkSync(join(root, 'deploy'), join(folder, 'deploy'))
    const port = await freePorts(2)
    dnsPort = port + 1
    const ports = ['--port', String(port), '--dns-port', String(dnsPort)]
    program = new Program('playground', ['--data-dir', join(folder, '.federation'), ...ports])
    await program.prints(/Try next/)
  })

  afterAll(async () => {
    await program.stop('SIGINT')
    rmSync(folder, { recursive: true, force: true })
  })

  const inFolder = (script: string) =>
    run('bash', ['-ec', `cd "$0"\n${script.replaceAll('-p 5300', `-p ${dnsPort}`)}`, folder], {
      env: { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` },
      timeoutMs: 120_000,
    })

  test('there is something to run', () => {
    expect(blocks.length).toBeGreaterThan(0)
  })

  test.each(blocks)('line $line', async ({ text }) => {
    const result = await inFolder(text)
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toContain('successfully rolled out')
    expect(result.stdout).toMatch(/192\.0\.2\.\d+/)
    expect(result.stdout).toContain('namespace "shop" deleted')
  })

  test('the samples are applied, and divided by their weights', async () => {
    const result = await inFolder(`
      export KUBECONFIG=$PWD/.federation/kubeconfig
      kubectl --context=federation apply -f deploy/samples
      kubectl --context=federation -n shop rollout status deployment/web --timeout=60s
      kubectl --context=eu-west -n shop get deployment web -o 'jsonpath={.spec.replicas} '
      kubectl --context=us-east -n shop get deployment web -o 'jsonpath={.spec.replicas}'
      kubectl --context=us-east -n shop get configmap web -o 'jsonpath= {.data.GREETING}'`)
    expect(result).toMatchObject({ code: 0 })
    expect(result.stderr).not.toContain('Warning')
    expect(result.stdout).toMatch(/6 4 hello$/)
  })
})
