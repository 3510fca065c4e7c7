import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { plainPaint, render } from '../../deploy/playground/screen.ts'
import { parseOptions as parseStandalone } from '../../deploy/standalone/options.ts'
import { parseOptions as parseDns } from '../../dns/options.ts'
import { parseOptions as parseApiServer } from '../../federation-apiserver/options.ts'
import { parseOptions as parseManager } from '../../federation-controller/options.ts'
import { run as runKubefed } from '../../kubefed-cli/main.ts'
import { run } from '../framework/process.ts'
import { blocksOf, codeSpansOf, commandLinesOf, documents, linksOf, proseOf } from './documents.ts'
import { readSource, repositoryFiles, root } from './source-files.ts'

const files = repositoryFiles()
const folders = new Set(files.flatMap((f) => ancestors(f)))
const names = new Set(files.map((f) => basename(f)))

function ancestors(file: string): string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_, i) => `${parts.slice(0, i + 1).join('/')}/`)
}

const topLevel = [...folders].filter((f) => f.split('/').length === 2)

/** Placeholders such as GROUP or NAME make a path a pattern. */
const isPattern = (path: string): boolean => /[A-Z…*]{2,}|…|\*/.test(path)

const isPath = (span: string): boolean =>
  /^[\w./-]+$/.test(span) &&
  (topLevel.some((folder) => span.startsWith(folder)) || /^[\w-]+\.(ts|mjs)$/.test(span)) &&
  !isPattern(span)

const exists = (span: string): boolean =>
  span.includes('/')
    ? files.includes(span) || folders.has(span.endsWith('/') ? span : `${span}/`)
    : names.has(span)

const helpOf = async (bin: string, ...args: string[]): Promise<string> => {
  const path = join(root, 'deploy', 'bin', `${bin}.mjs`)
  return (await run(process.execPath, [path, ...args, '--help'])).stdout
}

const flagsIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map(([flag]) => flag)),
]

describe('documents', () => {
  test('there are some', () => {
    expect(documents).toContain('README.md')
    expect(documents).toContain('docs/architecture.md')
  })

  test.each(documents)('%s names files that exist', (file) => {
    expect(codeSpansOf(file).filter((span) => isPath(span) && !exists(span))).toEqual([])
  })

  test.each(documents)('%s links to files that exist', (file) => {
    const missing = linksOf(file).filter(
      (target) => !existsSync(join(root, dirname(file), target.replace(/#.*$/, ''))),
    )
    expect(missing).toEqual([])
  })

  test('the picture and the two traces fit on 150 lines', () => {
    expect(readSource('docs/architecture.md').trimEnd().split('\n').length).toBeLessThan(151)
  })
})

describe('flags', () => {
  test('the table of the README has what --help of npm start and federation-server has', async () => {
    const rows = readSource('README.md').match(/^\| `--.*$/gm) ?? []
    const documented = rows.flatMap((row) => flagsIn(row.split('|')[1] ?? ''))
    const [playground, server] = [await helpOf('playground'), await helpOf('federation-server')]
    const listed = (help: string): string[] => flagsIn((help.match(/^ {2}--\S+/gm) ?? []).join(' '))
    expect(documented.toSorted()).toEqual(listed(playground).toSorted())
    const ownOfPlayground = ['--no-demo', '--no-members']
    expect(documented.filter((f) => !ownOfPlayground.includes(f)).toSorted()).toEqual(
      listed(server).toSorted(),
    )
  })

  test('every flag that a document names is one of a program', async () => {
    const helps = await Promise.all([
      helpOf('playground'),
      ...['federation-apiserver', 'federation-controller-manager', 'federation-dns'].map((bin) =>
        helpOf(bin),
      ),
      helpOf('kubefed', 'join'),
      helpOf('kubefed', 'version'),
    ])
    const ofKubectl = ['--image', '--replicas', '--cascade', '--for', '--pod-running-timeout']
    const known = new Set([...helps.flatMap(flagsIn), ...ofKubectl])
    const unknown = documents.flatMap((file) =>
      flagsIn(proseOf(file))
        .filter((flag) => !known.has(flag))
        .map((flag) => `${file}: ${flag}`),
    )
    expect(unknown).toEqual([])
  })
})

describe('command lines in documents', () => {
  const lines = documents.flatMap(commandLinesOf).map((line) => {
    const [first, ...rest] = line.words
    return { ...line, words: first === 'npx' ? rest : [first ?? '', ...rest] }
  })
  const ofProgram = (pattern: RegExp) =>
    lines
      .filter(({ words: [program = ''] }) => pattern.test(program))
      .map(({ at, words }) => ({ at, program: words[0] ?? '', argv: words.slice(1) }))

  test('kubefed takes its own', async () => {
    const found = ofProgram(/^kubefed$/)
    expect(found.length).toBeGreaterThan(2)
    for (const { at, argv } of found) {
      let err = ''
      // Without a kubeconfig it gets as far as looking for one: 1, not 2 for a usage error.
      const code = await runKubefed(argv, {
        out: () => {},
        err: (text) => void (err += text),
        env: { KUBECONFIG: '/nonexistent/kubeconfig', HOME: '/nonexistent' },
        signal: new AbortController().signal,
      })
      expect({ at, argv, code, err }).not.toMatchObject({ code: 2 })
      if (code !== 0) expect(err).toMatch(/there is no kubeconfig/)
    }
  })

  test('the servers take their own', async () => {
    const ignore = (): void => {}
    const standalone = { name: '', about: '', envPrefix: 'NONE', playground: false }
    const parsers: Record<string, (argv: string[]) => Promise<unknown>> = {
      'federation-server': (argv) => parseStandalone(standalone, argv, ignore),
      'federation-apiserver': (argv) => parseApiServer(argv, ignore),
      'federation-controller-manager': (argv) => parseManager(argv, ignore),
      'federation-dns': (argv) => parseDns(argv, ignore),
    }
    const found = ofProgram(/^federation-/)
    expect(new Set(found.map(({ program }) => program)).size).toBe(4)
    for (const { at, program, argv } of found)
      await expect(parsers[program]?.(argv), at).resolves.toBeDefined()
  })

  test('npm runs scripts that there are', () => {
    const { scripts } = JSON.parse(readSource('package.json')) as {
      scripts: Record<string, string>
    }
    const asked = lines
      .filter(({ words: [program] }) => program === 'npm')
      .map(({ words: [, verb = '', name = ''] }) => (verb === 'run' ? name : verb))
      .filter((name) => name !== 'ci' && name !== 'install')
    expect(asked).toContain('start')
    expect(asked.filter((name) => scripts[name] === undefined)).toEqual([])
  })

  test('nothing else is run than what a reader has', () => {
    const known = /^(npm|kubefed|federation-[a-z-]+|kubectl|dig|export|sqlite3|cp)$/
    expect(lines.filter(({ words: [program = ''] }) => !known.test(program))).toEqual([])
  })
})

test('the screen in the README is what is drawn', () => {
  const screen = blocksOf('README.md').find(({ language }) => language === 'screen')?.text ?? ''
  const cluster = (name: string) => ({
    name,
    status: 'Ready',
    version: /v1\S+/.exec(screen)?.[0] ?? '',
    region: name,
    zones: `${name}-a,${name}-b`,
  })
  const detail = (title: string): string =>
    new RegExp(`✔ ${title} +(.*)$`, 'm').exec(screen)?.[1] ?? ''
  const titles = ['federation API', 'member eu-west', 'member us-east', 'controllers', 'DNS server']
  const share = (name: string) => ({ cluster: name, replicas: 2, ready: 2 })
  const lines = render(
    {
      dataDir: '.federation',
      elapsedMs: 1000 * Number(/up in ([\d.]+) s/.exec(screen)?.[1]),
      steps: titles.map((title) => ({ title, detail: detail(title), done: true })),
      notices: [],
      clusters: [cluster('eu-west'), cluster('us-east')],
      workload: {
        name: 'nginx',
        replicas: 4,
        ready: 4,
        perCluster: [share('eu-west'), share('us-east')],
      },
      dns: {
        name: 'nginx.default.playground.svc.example.test',
        answers: [
          { address: '192.0.2.1', cluster: 'eu-west' },
          { address: '198.51.100.1', cluster: 'us-east' },
        ],
      },
      tryNext: [...screen.matchAll(/^ {4}(\S.*)(?:\n {6}(\S.*))?$/gm)]
        .filter(([line]) => !line.trimStart().startsWith('A '))
        .map(([, command = '', why = '']) => ({ command, why })),
    },
    plainPaint,
  )
  expect(
    lines
      .map((line) => line.trimEnd())
      .join('\n')
      .trim(),
  ).toBe(screen.trim())
})
