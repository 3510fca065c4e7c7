import { describe, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { run } from './main.ts'
import { persistentFlags } from './persistent-flags.ts'

async function kubefed(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const outcome = { code: -1, out: '', err: '' }
  outcome.code = await run(argv, {
    out: (text) => void (outcome.out += text),
    err: (text) => void (outcome.err += text),
    env: { KUBECONFIG: '/nonexistent/kubeconfig', HOME: '/nonexistent' },
    signal: new AbortController().signal,
  })
  return outcome
}

describe('usage errors end with 2 and say what is wrong', () => {
  test.each([
    [['jion', 'eu'], 'error: unknown command "jion" for "kubefed"; did you mean join?'],
    [['frobnicate'], 'error: unknown command "frobnicate" for "kubefed"; see "kubefed --help"'],
    [['join'], 'error: exactly one NAME is required, got 0'],
    [['join', 'a', 'b'], 'error: exactly one NAME is required, got 2'],
    [['unjoin'], 'error: exactly one NAME is required, got 0'],
    [['join', 'a', '--nope'], 'error: unknown flag --nope; --help lists the flags there are'],
    [['join', 'a', '--dry-rn'], 'error: unknown flag --dry-rn (did you mean --dry-run?); --help'],
    [
      ['unjoin', 'a', '--cluster-contxt=a', '--namspace=b'],
      'error: unknown flag --cluster-contxt (did you mean --cluster-context?), flag --namspace',
    ],
    [['version', 'nope'], 'error: Unknown argument: nope. See "kubefed --help"'],
    [['join', 'A_B'], 'error: the cluster name "A_B" is not valid: a DNS-1035 label'],
    [['join', '1a'], 'error: the cluster name "1a" is not valid'],
    [['join', 'a.b'], 'error: the cluster name "a.b" is not valid'],
    [['unjoin', 'A'], 'error: the cluster name "A" is not valid'],
    [['join', 'a', '--secret-name=B'], 'error: --secret-name "B" is not valid'],
    [['join', 'a', '--federation-system-namespace=x.y'], 'error: --federation-system-namespace'],
    [
      ['join', 'a', '-o', 'xml'],
      'error: unable to match a printer suitable for the output format "xml"',
    ],
    [['join', 'a', '--generator=x'], 'error: --generator=x is not known; there is cluster/v1beta1'],
    [['join', 'a', '--template={{.}}'], 'error: --template: Go templates are not evaluated here'],
    [['join', 'a', '--wait=soon'], 'error: --wait=soon is no duration'],
    [['join', 'a', '--request-timeout=x'], 'error: --request-timeout=x is no duration'],
    [['completion'], 'error: exactly one SHELL is required'],
    [['completion', 'tcsh'], 'error: there is no completion for "tcsh"; choose bash, zsh, fish'],
    [['--context'], 'error: '],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await kubefed(...argv)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })
})

test('a kubeconfig that is not there is a failure, not a usage error', async () => {
  const { code, err } = await kubefed('join', 'a')
  expect(code).toBe(1)
  expect(err).toMatch(/^error: there is no kubeconfig: \/nonexistent\/kubeconfig/)
})

describe('help', () => {
  test.each([[[]], [['--help']], [['-h']]])('%j lists every command', async (argv) => {
    const { code, out } = await kubefed(...argv)
    expect(code).toBe(0)
    for (const { name, summary } of commands) {
      expect(out).toContain(`kubefed ${name}`)
      expect(out).toContain(summary)
    }
  })

  test.each(commands.map((c) => [c.name, c] as const))('%s --help', async (name, command) => {
    const { code, out, err } = await kubefed(name, '--help')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`kubefed ${name}`)
    for (const flag of [...Object.keys(command.flags), ...Object.keys(persistentFlags)])
      expect(out).toContain(`--${flag}`)
  })

  test('options lists the flags of every command', async () => {
    const { out } = await kubefed('options')
    for (const flag of Object.keys(persistentFlags)) expect(out).toContain(`--${flag}=`)
  })
})

test('flags with underscores are taken, with a warning', async () => {
  const { err } = await kubefed('join', 'a', '--host_cluster_context=x')
  expect(err).toMatch(
    /^Warning: --host_cluster_context is deprecated: write --host-cluster-context\n/,
  )
})

describe('version --client', () => {
  test.each([
    [[], /^Client Version: v\d+\.\d+\.\d+\n$/],
    [['-o', 'json'], /"gitVersion": "v\d/],
    [['--output=yaml'], /^clientVersion:\n {2}gitVersion: v\d/],
  ])('%j', async (flags, expected) => {
    const { code, out } = await kubefed('version', '--client', ...flags)
    expect(code).toBe(0)
    expect(out).toMatch(expected)
  })

  test('without --client the failure says how to do without the federation', async () => {
    const { code, out, err } = await kubefed('version')
    expect(code).toBe(1)
    expect(out).toMatch(/^Client Version: v/)
    expect(err).toContain('"kubefed version --client" does not ask it')
  })
})

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s', async (shell) => {
    const { code, out } = await kubefed('completion', shell)
    expect(code).toBe(0)
    expect(out).toContain('kubefed --get-yargs-completions')
  })

  test('offers commands and flags', async () => {
    const offered = async (...words: string[]) =>
      (await kubefed('--get-yargs-completions', 'kubefed', ...words)).out.split('\n')
    expect(await offered('')).toEqual(expect.arrayContaining(['join', 'unjoin', 'completion']))
    expect(await offered('join', '--cl')).toContain('--cluster-context')
  })
})
