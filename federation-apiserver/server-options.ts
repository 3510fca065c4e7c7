import type { Logger } from 'pino'
import type { Backend } from './storage/backend.ts'
import type { BackendOptions } from './storage/factory.ts'

/** What a server is told; paths are absolute or relative to the working directory. */
export interface ApiServerOptions {
  /** Keys, certificates and, for embedded storage, the data. */
  readonly dataDir: string
  /** 0 takes any free port. */
  readonly securePort: number
  readonly bindAddress: string
  /** More names and addresses for the server's certificate; the first one is what kubeconfigs name. */
  readonly advertiseAddresses?: readonly string[]
  readonly storage: BackendOptions
  /** True: the federation's own API; false: a member cluster. */
  readonly federation: boolean
  /** Name of the cluster, user and context in the admin kubeconfig. */
  readonly clusterName: string
  readonly tokenAuthFile?: string
  readonly clientCaFile?: string
  /** Served instead of the certificate of the server's own CA; both or none. */
  readonly tlsCertFile?: string
  readonly tlsPrivateKeyFile?: string
  /** Key that Secrets are sealed with; `encryption.key` in dataDir when absent. */
  readonly encryptionKeyFile?: string
  /** `group/resource` of the kinds that reach the members (core group empty); the common table when absent. */
  readonly distributedResources?: readonly string[]
  /** At one time; 0 means no limit. 400 and 200 when absent. */
  readonly maxRequestsInflight?: number
  readonly maxMutatingRequestsInflight?: number
  /** How long everything goes on at the end while /readyz says no, for load balancers to see it; 0 when absent. */
  readonly shutdownDelayMs?: number
  /** Addresses that a member gives to Services, IPv4; 10.96.0.0/16 when absent. */
  readonly serviceClusterIPRange?: string
  /** The flag that the port came from, to name it when it is taken. */
  readonly portFlag?: string
}

export interface ApiServerDeps {
  readonly logger: Logger
  /** More metrics of the same process for /metrics. */
  readonly metrics?: readonly { text(): string }[]
  /** Opened by the caller and disposed by it; `options.storage` is then not looked at. */
  readonly backend?: Backend
}

export interface ApiServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Kubeconfig of an administrator: one cluster, user and context, all called `clusterName`. */
  readonly kubeconfig: Kubeconfig
  /** Kubeconfigs of the federation's own programs, each with the rights of its role and no more; on the federation only. */
  readonly programKubeconfigs?: { readonly controllerManager: Kubeconfig; readonly dns: Kubeconfig }
  /** PEM. */
  readonly caCertificate: string
}

export interface Kubeconfig {
  readonly apiVersion: 'v1'
  readonly kind: 'Config'
  readonly clusters: readonly {
    readonly name: string
    readonly cluster: {
      readonly server: string
      readonly 'certificate-authority-data': string
    }
  }[]
  readonly users: readonly {
    readonly name: string
    readonly user: {
      readonly 'client-certificate-data': string
      readonly 'client-key-data': string
    }
  }[]
  readonly contexts: readonly {
    readonly name: string
    readonly context: { readonly cluster: string; readonly user: string }
  }[]
  readonly 'current-context': string
}
