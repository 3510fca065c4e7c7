import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../../framework/process.ts'
import type { Area, Bench } from '../area.ts'
import { newNamespace } from '../commands/new-namespace.ts'
import { withoutDocumented } from '../documented.ts'
import type { Side } from '../sides.ts'

/** A program that tries a server with one client library: its last argument is the namespace, its output a JSON object a step. */
interface ClientTrial {
  readonly name: string
  /** Makes it runnable and answers its command; rejects when it cannot be had. */
  readonly command: () => Promise<readonly [file: string, ...args: string[]]>
}

interface Step {
  readonly step: string
  readonly value: unknown
}

const tools = join(process.env['TMPDIR'] ?? tmpdir(), 'kubefed-client-tools')
const here = (path: string): string => join(import.meta.dirname, path)

async function must(file: string, args: readonly string[], cwd?: string): Promise<void> {
  const options = { timeoutMs: 900_000, ...(cwd === undefined ? {} : { cwd }) }
  const { code, stderr } = await run(file, args, options)
  if (code !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr.trim().split('\n').at(-1)}`)
}

async function python(): Promise<readonly [string, ...string[]]> {
  const folder = join(tools, 'python')
  await must('python3', ['-m', 'venv', folder])
  await must(join(folder, 'bin', 'pip'), [
    'install',
    '--quiet',
    '--requirement',
    here('python/requirements.txt'),
  ])
  return [join(folder, 'bin', 'python'), here('python/trial.py')]
}

async function go(library: string): Promise<readonly [string, ...string[]]> {
  await mkdir(tools, { recursive: true })
  const binary = join(tools, 'go-clients')
  await must('go', ['build', '-o', binary, '.'], here('go'))
  return [binary, library]
}

const trials: readonly ClientTrial[] = [
  {
    name: 'client-node',
    command: () => Promise.resolve([process.execPath, here('node-trial.ts')]),
  },
  { name: 'python kubernetes', command: python },
  { name: 'client-go', command: () => go('client-go') },
  { name: 'controller-runtime', command: () => go('controller-runtime') },
]

const commands = new Map<ClientTrial, ReturnType<ClientTrial['command']>>()

/** Made once. */
function commandOf(trial: ClientTrial): ReturnType<ClientTrial['command']> {
  const command = commands.get(trial) ?? trial.command()
  commands.set(trial, command)
  return command
}

async function stepsOf(side: Side, trial: ClientTrial): Promise<Step[]> {
  const namespace = `client-${trials.indexOf(trial)}`
  await newNamespace(side, namespace)
  const [file, ...args] = await commandOf(trial)
  const env = { KUBECONFIG: side.kubeconfig }
  const { code, stdout, stderr } = await run(file, [...args, namespace], { env, timeoutMs: 90_000 })
  const steps = stdout.split('\n').filter((line) => line !== '')
  const end = { step: 'end', value: { code, ...(code === 0 ? {} : { stderr }) } }
  return [...steps.map((line) => JSON.parse(line) as Step), end]
}

async function runTrial(bench: Bench, trial: ClientTrial): Promise<void> {
  const [real = [], ours = []] = await Promise.all(
    [bench.real, bench.ours].map((side) => stepsOf(side, trial)),
  )
  const comparable = (step: Step | undefined): unknown =>
    withoutDocumented({ status: 0, headers: {}, body: step }).body
  const longest = Math.max(real.length, ours.length)
  bench.report(
    'trial',
    Array.from({ length: longest }, (_, i) => ({
      step: `${i + 1}: ${(real[i] ?? ours[i])?.step}`,
      real: comparable(real[i]),
      ours: comparable(ours[i]),
    })),
  )
}

/** A row of the table a library. */
export const clientAreas: readonly Area[] = trials.map((trial) => ({
  name: trial.name,
  controllers: true,
  needs: async () => void (await commandOf(trial)),
  run: (bench) => runTrial(bench, trial),
}))
