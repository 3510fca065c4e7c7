import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { RealMember } from '../../framework/envtest.ts'
import { eventually } from '../../framework/eventually.ts'
import { Program } from '../../framework/process.ts'
import { HttpSide } from './http-side.ts'

/** One of the two servers. */
export interface Side {
  readonly name: 'real' | 'ours'
  readonly url: string
  /** An administrator's, for programs. */
  readonly kubeconfig: string
  readonly http: HttpSide
}

/** Of kube-controller-manager: what makes an API server whole, and nothing that makes objects of workloads. */
const realControllers = [
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
  'resourcequota-controller',
]

/** Ours that do the same. */
const ourControllers = ['namespace', 'garbage-collector', 'service-account', 'resource-quota']

/** They hold objects back until controllers of nodes and volumes let go of them, which a federation has none of. */
const unneededAdmission = ['StorageObjectInUseProtection', 'TaintNodesByCondition']

function sideOf(name: Side['name'], kubeconfig: string): Side {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: [{ cluster: Record<string, string> }]
    users: [{ user: Record<string, string> }]
  }
  const [[{ cluster }], [{ user }]] = [clusters, users]
  const decoded = (text = ''): Buffer => Buffer.from(text, 'base64')
  const url = cluster['server'] ?? ''
  const http = new HttpSide(url, {
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  })
  return { name, url, kubeconfig, http }
}

async function startReal(folder: string, options: StartOptions): Promise<RealMember> {
  // Its administrator is called kubernetes-admin, as ours is.
  const member = await RealMember.up('kubernetes', folder, {
    pods: false,
    flags: {
      ETCD_FLAGS: '--unsafe-no-fsync',
      APISERVER_FLAGS: `--disable-admission-plugins=${unneededAdmission.join(',')}`,
      KCM_FLAGS: `--controllers=${realControllers.join(',')} --concurrent-gc-syncs=5`,
    },
  })
  if (!options.controllers) member.stopControllers()
  return member
}

async function startOurs(
  folder: string,
  { controllers }: StartOptions,
  stack: AsyncDisposableStack,
): Promise<string> {
  const dataDir = join(folder, 'ours')
  const flags = ['--data-dir', dataDir, '--secure-port', '0', '--storage-backend', 'memory']
  const server = stack.use(new Program('federation-apiserver', flags))
  await server.prints(/api server ready/)
  if (controllers) {
    const kubeconfig = join(dataDir, 'controller-manager.kubeconfig')
    const manager = ['--kubeconfig', kubeconfig, '--health-port', '0']
    manager.push('--controllers', ourControllers.join(','))
    const program = stack.use(new Program('federation-controller-manager', manager))
    await program.prints(/became leader/)
  }
  return join(dataDir, 'kubeconfig')
}

/**
 * Until the quota controller has counted: when it starts it counts everything twice, and the second time would come in the middle of a
 * case.
 */
async function controllersHaveBegun({ http, name }: Side): Promise<void> {
  const path = '/api/v1/namespaces/default/resourcequotas'
  const spec = { hard: { 'count/controllerrevisions.apps': '0' } }
  await http.send({ method: 'POST', path, body: { metadata: { name: 'first' }, spec } })
  await eventually(
    async () => {
      const { body } = await http.send({ path: `${path}/first` })
      const { used } = (body as { status?: { used?: object } }).status ?? {}
      if (used === undefined) throw new Error(`${name}: no controller counts quotas`)
    },
    { timeoutMs: 60_000 },
  )
  await http.send({ method: 'DELETE', path: `${path}/first` })
}

/** A judge that is told to end leaves no servers behind: kube-apiserver and etcd are in sessions of their own. */
function disposeOnSignals(stack: AsyncDisposableStack): void {
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']
  const end = (): void => void stack.disposeAsync().finally(() => process.exit(1))
  for (const signal of signals) process.once(signal, end)
  stack.defer(() => signals.forEach((signal) => process.off(signal, end)))
}

export interface StartOptions {
  readonly controllers: boolean
}

/** A kube-apiserver on etcd, and the federation's API server on memory, each empty. */
export class Sides implements AsyncDisposable {
  readonly real: Side
  readonly ours: Side
  readonly #stack: AsyncDisposableStack

  private constructor(parts: { real: Side; ours: Side; stack: AsyncDisposableStack }) {
    this.real = parts.real
    this.ours = parts.ours
    this.#stack = parts.stack
  }

  static async start(folder: string, options: StartOptions): Promise<Sides> {
    await using stack = new AsyncDisposableStack()
    const [member, kubeconfig] = await Promise.all([
      startReal(folder, options).then((real) => stack.use(real)),
      startOurs(folder, options, stack),
    ])
    const real = sideOf('real', member.kubeconfig)
    const ours = sideOf('ours', kubeconfig)
    for (const side of [real, ours]) stack.use(side.http)
    if (options.controllers) await Promise.all([real, ours].map(controllersHaveBegun))
    const kept = stack.move()
    disposeOnSignals(kept)
    return new Sides({ real, ours, stack: kept })
  }

  get pair(): { readonly real: Side; readonly ours: Side } {
    return { real: this.real, ours: this.ours }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}
