import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../framework/paths.ts'
import { type CommandResult, run } from '../framework/process.ts'
import { blocksOf } from './documents.ts'
import { repositoryFiles, root } from './source-files.ts'

/** Inserts the lines with a plus behind the context line before them; context lines must come in this order. */
function applyDiff(source: string, lines: readonly string[]): string {
  const result = source.split('\n')
  let at = 0
  for (const line of lines) {
    const text = line.slice(1)
    if (line.startsWith('+')) result.splice(at++, 0, text)
    else {
      const found = result.indexOf(text, at)
      if (found < 0) throw new Error(`no such line: ${text}`)
      at = found + 1
    }
  }
  return result.join('\n')
}

describe('docs/adding.md', () => {
  const copy = temporaryFolder('adding')
  const changed: string[] = []
  const evaluate = (code: string): Promise<CommandResult> =>
    run(process.execPath, ['--input-type=module', '--eval', code], { env: { NODE_OPTIONS: '' } })
  const moduleAt = (path: string): string => JSON.stringify(`file://${join(copy, path)}`)

  beforeAll(() => {
    for (const file of repositoryFiles()) {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      copyFileSync(join(root, file), join(copy, file))
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    for (const { language, text } of blocksOf('docs/adding.md')) {
      const [head = '', ...lines] = text.split('\n')
      const path = head.replace(/^(\/\/|\+\+\+) /, '')
      const target = join(copy, path)
      changed.push(path)
      if (language === 'ts') {
        mkdirSync(dirname(target), { recursive: true })
        writeFileSync(target, `${lines.join('\n')}\n`)
      } else writeFileSync(target, applyDiff(readFileSync(target, 'utf8'), lines))
    }
  })

  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  test('has an example of each', () => {
    expect(changed).toHaveLength(11)
  })

  test('what it adds fits: types, format, lint, imports', { timeout: 120_000 }, async () => {
    const bin = (name: string): string => join(root, 'node_modules', '.bin', name)
    const cd = (command: string): Promise<CommandResult> =>
      run('sh', ['-c', `cd "$0" && ${command}`, copy], { timeoutMs: 100_000 })
    const files = changed.join(' ')
    expect(await cd(`${bin('tsc')} --noEmit`)).toMatchObject({ code: 0, stdout: '' })
    expect(await cd(`${bin('prettier')} --check ${files}`)).toMatchObject({ code: 0 })
    expect(await cd(`${bin('oxlint')} ${files}`)).toMatchObject({ code: 0 })
  })

  test('the kind is distributed, and join asks for its rights', async () => {
    const { stdout, stderr } = await evaluate(`
      const { federatedTypes } = await import(${moduleAt('federation-controller/federated-types/index.ts')})
      const { memberClusterRules } = await import(${moduleAt('apimachinery/schema/federated-resources.ts')})
      console.log(federatedTypes.map((t) => t.kind).join(), memberClusterRules()[0].resources.join())`)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/LimitRange.*limitranges/)
  })

  test('the rules of the kind hold', async () => {
    const { stdout, stderr } = await evaluate(`
      const { strategyFor } = await import(${moduleAt('federation-apiserver/registry/resources.ts')})
      const { validateUpdate } = strategyFor({ group: 'storage.k8s.io', resource: 'storageclasses' })
      const errors = (to) => validateUpdate({ parameters: { type: to } }, { parameters: { type: 'a' } }, {})
      console.log(errors('a').length, errors('b').length)`)
    expect(stderr).toBe('')
    expect(stdout).toBe('0 1\n')
  })

  test('the controller is known by its name', async () => {
    const manager = join(copy, 'deploy', 'bin', 'federation-controller-manager.mjs')
    const { stdout } = await run(process.execPath, [manager, '--help'])
    expect(stdout.replace(/\s+/g, ' ')).toContain('cluster-label')
  })

  test('the command is in help, and runs', async () => {
    const kubefed = join(copy, 'deploy', 'bin', 'kubefed.mjs')
    const help = await run(process.execPath, [kubefed, '--help'])
    expect(help.stdout).toContain('List the clusters of the federation')
    const result = await run(process.execPath, [kubefed, 'clusters', '--kubeconfig=/nonexistent'])
    expect(result).toMatchObject({ code: 1, stdout: '' })
    expect(result.stderr).toContain('/nonexistent')
  })

  test('the DNS server refuses long names, and no others', async () => {
    const { stdout, stderr } = await evaluate(`
      const { plugins } = await import(${moduleAt('dns/plugins.ts')})
      const { nameKey } = await import(${moduleAt('dns/zone/name.ts')})
      const answer = (text) => {
        const question = { name: nameKey(text), type: 1, class: 1 }
        const context = { query: { opcode: 0, question }, transport: 'udp', state: { origin: nameKey('example.test') } }
        return plugins.map((plugin) => plugin(context)).find((a) => a !== undefined).rcode
      }
      console.log(answer('a.example.test'), answer(('x'.repeat(60) + '.').repeat(3) + 'example.test'))`)
    expect(stderr).toBe('')
    // SERVFAIL: there is no data yet. REFUSED.
    expect(stdout).toBe('2 5\n')
  })
})
