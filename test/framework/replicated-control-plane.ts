import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { ApiClient } from '#client/api-client.ts'
import { clientFromKubeconfig, loadKubeconfig } from '#client/kubeconfig.ts'
import { EtcdServer } from '../../federation-apiserver/storage/testing/etcd-server.ts'
import { eventually } from './eventually.ts'
import { Program } from './process.ts'

/** One machine of a control plane: an API server, and controllers that work through it while they lead. */
export interface Replica {
  readonly server: Program
  readonly manager: Program
  readonly kubeconfig: string
  readonly client: ApiClient
}

/** Two API servers on one etcd with the same keys, and two controller managers, of which one leads. */
export class ReplicatedControlPlane implements AsyncDisposable {
  readonly replicas: readonly [Replica, Replica]
  readonly etcd: EtcdServer
  readonly #stack: AsyncDisposableStack

  private constructor(parts: {
    replicas: readonly [Replica, Replica]
    etcd: EtcdServer
    stack: AsyncDisposableStack
  }) {
    this.replicas = parts.replicas
    this.etcd = parts.etcd
    this.#stack = parts.stack
  }

  static async start(folder: string): Promise<ReplicatedControlPlane> {
    await using stack = new AsyncDisposableStack()
    const etcd = stack.use(await EtcdServer.start())
    const [a, b] = [join(folder, 'a'), join(folder, 'b')]
    const first = await startReplica(stack, a, etcd.url)
    for (const keys of ['pki', 'encryption.key'])
      await cp(join(a, keys), join(b, keys), { recursive: true })
    const second = await startReplica(stack, b, etcd.url)
    return new ReplicatedControlPlane({ replicas: [first, second], etcd, stack: stack.move() })
  }

  /** Index of the replica whose controllers lead. */
  leader(): Promise<0 | 1> {
    return eventually(() => {
      const index = this.replicas.findIndex(
        ({ manager }) => manager.exitCode === null && manager.output.includes('became leader'),
      )
      if (index < 0) throw new Error('nobody leads')
      return index as 0 | 1
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

async function startReplica(
  stack: AsyncDisposableStack,
  dataDir: string,
  etcdUrl: string,
): Promise<Replica> {
  const storage = ['--etcd-servers', etcdUrl, '--secure-port', '0']
  const server = stack.use(new Program('federation-apiserver', ['--data-dir', dataDir, ...storage]))
  await server.prints(/api server ready/)
  const kubeconfig = join(dataDir, 'kubeconfig')
  const own = ['--kubeconfig', join(dataDir, 'controller-manager.kubeconfig')]
  const manager = stack.use(
    new Program('federation-controller-manager', [...own, '--health-port', '0']),
  )
  const client = stack.use(await clientFromKubeconfig(await loadKubeconfig([kubeconfig])))
  return { server, manager, kubeconfig, client }
}
