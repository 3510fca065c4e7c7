import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientFromKubeconfig, loadKubeconfig } from '#client/kubeconfig.ts'
import { freePorts } from '../framework/envtest.ts'
import { eventually } from '../framework/eventually.ts'
import { root, temporaryFolder } from '../framework/paths.ts'
import { type CommandResult, run } from '../framework/process.ts'

/** PATH as a user has it: without what npm puts in front for scripts. The `node` found there may be older than ours. */
const outerPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((entry) => !entry.includes('node_modules'))
  .join(delimiter)

const { version, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  bin: Record<string, string>
}

/** A command in a folder, with the outer PATH; ends with SIGKILL after two minutes. */
function inFolder(
  folder: string,
  command: string,
  args: readonly string[],
): Promise<CommandResult> {
  return run('sh', ['-c', `cd "$0" && exec "$@"`, folder, command, ...args], {
    env: { PATH: outerPath, NODE_OPTIONS: '' },
    timeoutMs: 120_000,
  })
}

describe('npx in a clone, under the Node of the machine', () => {
  test.each(Object.keys(bin))('%s finds the Node that npm installed', async (name) => {
    const args = name === 'kubefed' ? ['version', '--client'] : ['--help']
    const result = await inFolder(root, 'npx', [name, ...args])
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toContain(name === 'kubefed' ? `v${version}` : '--log-level')
  })
})

describe('the published package', () => {
  const folder = temporaryFolder('package')
  const app = join(folder, 'app')

  beforeAll(async () => {
    // prepack builds the bundles.
    const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder], {
      timeoutMs: 120_000,
    })
    expect(packed).toMatchObject({ code: 0 })
    mkdirSync(app)
    writeFileSync(join(app, 'package.json'), '{"private":true}')
    const tarball = join(folder, `kubefed-${version}.tgz`)
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--silent']
    expect(await inFolder(app, 'npm', ['install', ...flags, tarball])).toMatchObject({ code: 0 })
  }, 180_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('holds bundles and entries, and no TypeScript', async () => {
    const listed = await run('tar', ['-tzf', join(folder, `kubefed-${version}.tgz`)])
    const files = listed.stdout.trim().split('\n')
    const bundles = [...Object.keys(bin), 'sqlite-worker'].map((name) => `package/dist/${name}.mjs`)
    expect(files).toEqual(expect.arrayContaining(bundles))
    expect(files.filter((file) => file.endsWith('.ts'))).toEqual([])
  })

  test('kubefed version --client', async () => {
    const result = await inFolder(app, 'npx', ['kubefed', 'version', '--client'])
    expect(result).toMatchObject({ code: 0, stdout: `Client Version: v${version}\n` })
  })

  test.each(Object.keys(bin))('%s --help', async (name) => {
    const result = await inFolder(app, 'npx', [name, '--help'])
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout).toContain('--help')
  })

  test('federation-server runs until Ctrl-C, which reaches the outer Node and ours, and is passed on, too', async () => {
    const port = await freePorts(2)
    const entry = join(app, 'node_modules', '.bin', 'federation-server')
    const ports = ['--port', String(port), '--dns-port', String(port + 1)]
    const server = spawn(entry, ['--data-dir', join(folder, 'data'), ...ports], {
      cwd: app,
      env: { ...process.env, PATH: outerPath },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(server, 'exit')
    let output = ''
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
    try {
      await eventually(() => expect(output).toContain('ready: kubectl --kubeconfig'))
      expect(output).toContain('storage: SQLite')
      const config = await loadKubeconfig([join(folder, 'data', 'kubeconfig')])
      await using client = await clientFromKubeconfig(config)
      const answer = await client.raw('/version')
      const told = JSON.parse(answer.body.toString()) as { gitCommit: string; buildDate: string }
      const commit = await run('git', ['-C', root, 'rev-parse', 'HEAD'])
      expect(told.gitCommit).toBe(commit.stdout.trim())
      expect(Date.now() - Date.parse(told.buildDate)).toBeLessThan(600_000)
    } finally {
      process.kill(-(server.pid ?? 0), 'SIGINT')
    }
    expect(await ended).toEqual([0, null])
  })
})
