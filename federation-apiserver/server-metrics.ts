import { setTimeout as sleep } from 'node:timers/promises'
import { after } from '#apimachinery/meta/awaitable.ts'
import { addProcessMetrics } from '#component-base/metrics/process.ts'
import {
  type Histogram,
  Registry,
  type Sample,
  type Value,
  type Vector,
} from '#component-base/metrics/registry.ts'
import type { Authenticate, UserInfo } from './authentication/user-info.ts'
import type { Authorizer } from './authorization/attributes.ts'
import { versionInfo } from './endpoints/version.ts'
import type { Backend } from './storage/backend.ts'
import type { BackendOptions } from './storage/factory.ts'
import type { Storage } from './storage/interface.ts'
import { type BackendOperation, MeasuredBackend } from './storage/measured-backend.ts'

/** Buckets of kube-apiserver, seconds. */
const storageSeconds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]
const authSeconds = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i)
const day = 86_400
const expirySeconds = [
  ...[0, 1800, 3600, 7200, 21_600, 43_200, day, 2 * day, 4 * day, 7 * day],
  ...[30 * day, 90 * day, 180 * day, 360 * day],
]

/** The other metrics do not wait longer for a storage that does not answer. */
const sizeMs = 1000

/** The part of a key that `resourceOf` reads; what there is of it in shorter ones. */
function collectionOf(key: string): string {
  let end = 0
  for (let part = 0; part < 3 && end >= 0; part += 1) end = key.indexOf('/', end + 1)
  return end < 0 ? key : key.slice(0, end + 1)
}

/** `/registry/<group or core>/<resource>/…`; empty where a prefix spans several. */
function resourceOf(key: string): { group: string; resource: string } {
  const [, , group = '', resource = '', ...rest] = key.split('/')
  if (rest.length === 0) return { group: '', resource: '' }
  return { group: group === 'core' ? '' : group, resource }
}

/** Names are etcd's whatever the storage is: dashboards know no others. */
function measureBackend(registry: Registry, backend: Backend): Backend {
  const labels = ['group', 'operation', 'resource']
  const durations = registry.histogram({
    name: 'etcd_request_duration_seconds',
    help: 'Time of calls to the storage in seconds, SQLite or etcd.',
    labels,
    buckets: storageSeconds,
  })
  const total = registry.counter({
    name: 'etcd_requests_total',
    help: 'Calls to the storage, SQLite or etcd.',
    labels,
  })
  const failures = registry.counter({
    name: 'etcd_request_errors_total',
    help: 'Calls to the storage that failed.',
    labels,
  })
  const seriesOf = (operation: BackendOperation, collection: string) => {
    const { group, resource } = resourceOf(collection)
    const values = [group, operation, resource]
    return {
      duration: durations.with(...values),
      total: total.with(...values),
      fail: () => failures.with(...values).add(),
    }
  }
  const known = new Map<string, ReturnType<typeof seriesOf>>()
  return new MeasuredBackend(backend, (operation, key, { seconds, failed }) => {
    const collection = collectionOf(key)
    const name = operation + collection
    let series = known.get(name)
    if (series === undefined) known.set(name, (series = seriesOf(operation, collection)))
    series.duration.observe(seconds)
    series.total.add()
    if (failed) series.fail()
  })
}

/** Objects there are; `resources` are told with 0, too. */
function countObjects(
  registry: Registry,
  storage: Storage,
  resources: () => Iterable<{ readonly group: string; readonly resource: string }>,
): void {
  const counts = (): { group: string; resource: string; count: number }[] => {
    const found = new Map<string, { group: string; resource: string; count: number }>()
    for (const { group, resource } of resources())
      found.set(`${resource}.${group}`, { group, resource, count: 0 })
    for (const [prefix, count] of storage.counts()) {
      const of = resourceOf(prefix)
      found.set(`${of.resource}.${of.group}`, { ...of, count })
    }
    return [...found.values()]
  }
  registry.collect(
    {
      name: 'apiserver_resource_objects',
      type: 'gauge',
      help: 'Stored objects by resource.',
      labels: ['group', 'resource'],
    },
    () => counts().map(({ group, resource, count }): Sample => [[group, resource], count]),
  )
  registry.collect(
    {
      name: 'apiserver_storage_objects',
      type: 'gauge',
      help: 'The same under the name that Kubernetes deprecates since 1.34.',
      labels: ['resource'],
    },
    () =>
      counts().map(({ group, resource, count }): Sample => [
        [group === '' ? resource : `${resource}.${group}`],
        count,
      ]),
  )
}

/** Counts results, and the time since they were begun; each result's metrics are looked up once. */
function counting(
  attempts: Vector<Value>,
  durations: Vector<Histogram>,
): (result: string, began: number) => void {
  const known = new Map<string, { count: Value; took: Histogram }>()
  return (result, began) => {
    let of = known.get(result)
    if (of === undefined) {
      of = { count: attempts.with(result), took: durations.with(result) }
      known.set(result, of)
    }
    of.count.add()
    of.took.observe((performance.now() - began) / 1000)
  }
}

function measureAuthentication(registry: Registry, authenticate: Authenticate): Authenticate {
  const attempts = registry.counter({
    name: 'authentication_attempts',
    help: 'Requests by what became of their credentials.',
    labels: ['result'],
  })
  const durations = registry.histogram({
    name: 'authentication_duration_seconds',
    help: 'Time to find out who sends a request in seconds.',
    labels: ['result'],
    buckets: authSeconds,
  })
  const count = counting(attempts, durations)
  return (request) => {
    const began = performance.now()
    const succeed = (user: UserInfo): UserInfo => {
      count('success', began)
      return user
    }
    const fail = (err: unknown): never => {
      count('failure', began)
      throw err
    }
    try {
      const user = authenticate(request)
      return user instanceof Promise ? user.then(succeed, fail) : succeed(user)
    } catch (err) {
      return fail(err)
    }
  }
}

function measureAuthorization(registry: Registry, authorizer: Authorizer): Authorizer {
  const attempts = registry.counter({
    name: 'authorization_attempts_total',
    help: 'Requests by what the authorizer said.',
    labels: ['result'],
  })
  const durations = registry.histogram({
    name: 'authorization_duration_seconds',
    help: 'Time to decide whether a user may do something in seconds.',
    labels: ['result'],
    buckets: authSeconds,
  })
  const count = counting(attempts, durations)
  return {
    authorize(asked) {
      const began = performance.now()
      return after(authorizer.authorize(asked), (decision) => {
        count(decision.allowed ? 'allowed' : 'no-opinion', began)
        return decision
      })
    },
  }
}

function addBuildInfo(registry: Registry): void {
  const { buildDate, compiler, gitCommit, gitTreeState, gitVersion } = versionInfo
  const { goVersion, major, minor, platform } = versionInfo
  registry
    .gauge({
      name: 'kubernetes_build_info',
      help: 'What /version says, in labels of a constant 1.',
      labels: [
        ...['build_date', 'compiler', 'git_commit', 'git_tree_state', 'git_version'],
        ...['go_version', 'major', 'minor', 'platform'],
      ],
    })
    .with(
      ...[buildDate, compiler, gitCommit, gitTreeState, gitVersion],
      ...[goVersion, major, minor, platform],
    )
    .set(1)
}

/** The metrics of one API server, but those of its requests. */
export class ServerMetrics {
  readonly registry = new Registry()
  /** Seconds that client certificates have left, once a request. */
  readonly certificateExpiry: Histogram
  /** Asks the storage for its size; undefined when it does not answer. */
  #size: () => Promise<Sample | undefined> = async () => undefined
  #lastSize: Sample | undefined
  readonly #handshakes = this.registry.counter({
    name: 'apiserver_tls_handshake_errors_total',
    help: 'Connections that ended before TLS was agreed on.',
  })

  constructor() {
    this.certificateExpiry = this.registry
      .histogram({
        name: 'apiserver_client_certificate_expiration_seconds',
        help: 'Remaining lifetime of the certificates that clients connect with in seconds.',
        buckets: expirySeconds,
      })
      .with()
    this.#handshakes.with().set(0)
    this.registry.collect(
      {
        name: 'apiserver_storage_size_bytes',
        type: 'gauge',
        help: 'Size of the storage database file physically allocated in bytes, of the etcd that answers.',
        labels: ['storage_cluster_id'],
      },
      () => (this.#lastSize === undefined ? [] : [this.#lastSize]),
    )
    addBuildInfo(this.registry)
    addProcessMetrics(this.registry)
  }

  handshakeFailed(): void {
    this.#handshakes.with().add()
  }

  backend(backend: Backend, { type }: BackendOptions): Backend {
    const id = type === 'sqlite' ? 'sqlite-0' : 'etcd-0'
    this.#size = async () => {
      const asked = backend.size?.().catch(() => undefined)
      const size = await Promise.race([asked, sleep(sizeMs, undefined, { ref: false })])
      return size === undefined ? undefined : [[id], size]
    }
    return measureBackend(this.registry, backend)
  }

  /** All of them, now. */
  async text(): Promise<string> {
    this.#lastSize = await this.#size()
    return this.registry.text()
  }

  objects(
    storage: Storage,
    resources: () => Iterable<{ readonly group: string; readonly resource: string }>,
  ): void {
    countObjects(this.registry, storage, resources)
  }

  authentication(authenticate: Authenticate): Authenticate {
    return measureAuthentication(this.registry, authenticate)
  }

  authorization(authorizer: Authorizer): Authorizer {
    return measureAuthorization(this.registry, authorizer)
  }
}
