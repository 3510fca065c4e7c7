import { isAbsolute, join, relative, resolve } from 'node:path'
import type { Logger } from 'pino'
import { type KubeconfigFile, mergeIntoKubeconfig } from '#client/kubeconfig.ts'
import type { StandaloneOptions } from '../standalone/options.ts'
import { choosePort, readPorts, startOnPort, writePorts } from '../standalone/ports.ts'
import { type Standalone, startStandalone, type StandaloneEvent } from '../standalone/standalone.ts'
import { createDemoOnce, demo } from './demo.ts'
import { ensureJoined } from './joining.ts'
import { type Member, memberSpecs, startMember } from './member.ts'
import { type Observed, Observer } from './observer.ts'
import type { ScreenState, Step, TryLine } from './screen.ts'

/** Rejects when any part ends that must not. */
export interface Playground extends AsyncDisposable {
  readonly failed: Promise<never>
}

interface PlaygroundDeps {
  readonly logger: Logger
  /** Shows the screen; called with whole states, often. */
  readonly show: (state: ScreenState) => void
}

/** The state of the screen, changed in one place and shown after each change. */
class Board {
  #state: ScreenState
  readonly #show: (state: ScreenState) => void
  readonly #start = performance.now()

  constructor(dataDir: string, show: (state: ScreenState) => void) {
    this.#state = { dataDir, steps: [], notices: [], clusters: [], tryNext: [] }
    this.#show = show
  }

  get state(): ScreenState {
    return this.#state
  }

  change(part: Partial<ScreenState>): void {
    this.#state = { ...this.#state, ...part }
    this.#show(this.#state)
  }

  step(step: Step): void {
    const others = this.#state.steps.filter((s) => s.title !== step.title)
    this.change({ steps: [...others, step] })
  }

  /** Says what to try, and how long it took to get here; once. */
  finish(tryNext: readonly TryLine[]): void {
    if (this.#state.tryNext.length > 0) return
    this.change({ tryNext, elapsedMs: performance.now() - this.#start })
  }
}

/** Starts the control plane, the members beside it, joins them and creates the demo; the screen tells how far it is. */
export async function startPlayground(
  options: StandaloneOptions,
  deps: PlaygroundDeps,
): Promise<Playground> {
  await using stack = new AsyncDisposableStack()
  const board = new Board(options.dataDir, deps.show)
  const report = (event: StandaloneEvent): void => reportOn(board, event)
  const members: Member[] = []
  const beforeControllers = async (): Promise<void> => {
    if (options.members)
      members.push(...(await startMembers(stack, { options, board, logger: deps.logger })))
  }
  const server = stack.use(
    await startStandalone(options, { logger: deps.logger, report, beforeControllers }),
  )
  await addContexts(server, members)
  const abort = new AbortController()
  const dnsName = `${demo.name}.${demo.namespace}.${options.federationName}.svc.${options.dnsZoneName}`
  const tryNext = tryLines(options, { server, members, dnsName })
  const observer = new Observer({
    client: server.client,
    members,
    logger: deps.logger,
    dnsPort: server.dns.port,
    dnsName,
    onChange: (observed) => {
      board.change(observed)
      if (isComplete(observed, { members, demo: options.demo })) board.finish(tryNext)
    },
  })
  const observing = observer.run(abort.signal)
  stack.defer(async () => {
    abort.abort()
    await observing.catch(() => {})
  })
  const { client, kubeconfigPath } = server
  await Promise.all(members.map((member) => ensureJoined(member, { client, kubeconfigPath })))
  if (options.demo && members.length > 0) await createDemoOnce(client, options.dataDir)
  if (members.length === 0) board.finish(tryNext)
  const owned = stack.move()
  const failed = Promise.race([server.failed, ...members.map((member) => member.failed)])
  return { failed, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function reportOn(board: Board, event: StandaloneEvent): void {
  switch (event.type) {
    case 'api':
      return board.step({
        title: 'federation API',
        detail: `${event.url}   storage: ${event.storage}`,
        done: true,
      })
    case 'controllers':
      return board.step({ title: 'controllers', detail: 'running', done: true })
    case 'dns':
      return board.step({
        title: 'DNS server',
        detail: `${event.address}   zone ${event.zone}`,
        done: true,
      })
    case 'notice':
      return board.change({ notices: [...board.state.notices, event.text] })
  }
}

interface MemberParts {
  readonly options: StandaloneOptions
  readonly board: Board
  readonly logger: Logger
}

async function startMembers(stack: AsyncDisposableStack, parts: MemberParts): Promise<Member[]> {
  const { options, board } = parts
  const remembered = readPorts(options.dataDir)
  const taken = new Set<number>()
  const starts: (() => Promise<Member>)[] = []
  for (const spec of memberSpecs) {
    const wish = { name: `member/${spec.name}`, flag: 'no-members', fallback: spec.fallbackPort }
    const { port } = await choosePort({ ...wish, taken }, remembered)
    const others = new Set(taken)
    taken.add(port)
    starts.push(() =>
      startOnPort({ ...wish, taken: others }, { [wish.name]: port }, (choice) =>
        startMember(spec, { dataDir: options.dataDir, port: choice.port, logger: parts.logger }),
      ),
    )
  }
  const started = await Promise.all(
    starts.map(async (start) => {
      const member = stack.use(await start())
      board.step({
        title: `member ${member.spec.name}`,
        detail: `${member.apiServer.url}   2 simulated nodes`,
        done: true,
      })
      return member
    }),
  )
  const named = started.map(
    (member) => [`member/${member.spec.name}`, member.apiServer.port] as const,
  )
  await writePorts(options.dataDir, { ...readPorts(options.dataDir), ...Object.fromEntries(named) })
  return started
}

async function addContexts(server: Standalone, members: readonly Member[]): Promise<void> {
  for (const member of members)
    await mergeIntoKubeconfig(server.kubeconfigPath, member.apiServer.kubeconfig as KubeconfigFile)
}

/** Every cluster is Ready, and the demo, when there is one, is complete in all of them and answered for by DNS. */
function isComplete(
  observed: Observed,
  want: { members: readonly Member[]; demo: boolean },
): boolean {
  const ready = observed.clusters.filter((cluster) => cluster.status === 'Ready').length
  if (ready < want.members.length) return false
  const { workload, dns } = observed
  if (!want.demo || workload === undefined) return !want.demo
  const running = workload.perCluster.every((p) => p.ready === p.replicas)
  return (
    running &&
    workload.ready === workload.replicas &&
    (dns?.answers.length ?? 0) >= want.members.length
  )
}

function tryLines(
  options: StandaloneOptions,
  parts: { server: Standalone; members: readonly Member[]; dnsName: string },
): TryLine[] {
  const path = isAbsolute(options.dataDir)
    ? parts.server.kubeconfigPath
    : `$PWD/${relative(process.cwd(), resolve(join(options.dataDir, 'kubeconfig')))}`
  const lines = [
    { command: `export KUBECONFIG=${path}`, why: '' },
    { command: 'kubectl --context=federation get clusters', why: '' },
  ]
  const [first] = parts.members
  if (!options.demo || first === undefined) return lines
  return [
    ...lines,
    {
      command: `kubectl --context=federation scale deployment ${demo.name} --replicas=7`,
      why: 'watch it become 4 + 3 above',
    },
    { command: `kubectl --context=${first.spec.name} get pods`, why: '' },
    { command: `dig @127.0.0.1 -p ${parts.server.dns.port} +short ${parts.dnsName}`, why: '' },
  ]
}
