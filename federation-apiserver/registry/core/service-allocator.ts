import { isIP } from 'node:net'
import { invalid } from '#apimachinery/errors/field-error.ts'
import { newInternalError, newInvalid } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { StoredObject } from '../../storage/interface.ts'
import { type ServiceSpec, usesClusterIP, usesNodePorts } from './service.ts'

/** How long a value stays taken that was given to a Service which is not stored yet. */
const reservationMs = 30_000

const toNumber = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

const toAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')

/** Values that are in use: those of stored Services, and those given away a moment ago. */
class Pool {
  readonly #first: number
  readonly #size: number
  readonly #reserved = new Map<number, number>()

  constructor(first: number, size: number) {
    this.#first = first
    this.#size = size
  }

  has = (value: number): boolean => value >= this.#first && value < this.#first + this.#size

  /** Any free value, beginning at a random place; undefined when all are taken. */
  take(used: ReadonlySet<number>): number | undefined {
    this.#forget()
    const start = Math.floor(Math.random() * this.#size)
    for (let i = 0; i < this.#size; i++) {
      const value = this.#first + ((start + i) % this.#size)
      if (used.has(value) || this.#reserved.has(value)) continue
      this.#reserved.set(value, Date.now())
      return value
    }
    return undefined
  }

  #forget(): void {
    const limit = Date.now() - reservationMs
    for (const [value, at] of this.#reserved) {
      if (at > limit) return
      this.#reserved.delete(value)
    }
  }
}

export interface AllocatorOptions {
  /** False: ports that are asked for are checked, none are given. */
  readonly nodePorts: boolean
}

/**
 * Gives Services their cluster IP (IPv4) and node ports. What is in use is read from the stored Services each time, so nothing
 * can leak; a reservation in memory is enough against two creates at one time where one process serves. Servers that share an etcd may
 * give one address twice: in a federation it leads nowhere.
 */
export class ServiceAllocator {
  readonly #addresses: Pool
  readonly #nodePorts = new Pool(30_000, 2768)
  readonly #options: AllocatorOptions

  /** `range` as 10.96.0.0/16. Its first address is left for the API server's own Service. */
  constructor(range: string, options: AllocatorOptions) {
    this.#options = options
    const [base = '', bits = ''] = range.split('/')
    this.#addresses = new Pool(toNumber(base) + 2, 2 ** (32 - Number(bits)) - 3)
  }

  /** Fills in what a Service needs and does not have; throws 422 for a value that somebody else has. */
  async allocate(
    object: ApiObject,
    existing: () => Promise<readonly StoredObject[]>,
  ): Promise<void> {
    const spec = (object.spec ?? {}) as ServiceSpec
    const others = (await existing())
      .filter(({ object: other }) => other.metadata.uid !== object.metadata.uid)
      .map(({ object: other }) => (other.spec ?? {}) as ServiceSpec)
    if (usesClusterIP(spec)) {
      if (spec.clusterIP !== 'None') this.#clusterIP(object, spec, others)
      const isFree = spec.clusterIP === 'None' && spec['selector'] === undefined
      spec['ipFamilyPolicy'] ??= isFree ? 'RequireDualStack' : 'SingleStack'
      const isDual = isFree && spec['ipFamilyPolicy'] === 'RequireDualStack'
      spec['ipFamilies'] ??= isDual ? ['IPv4', 'IPv6'] : ['IPv4']
    }
    const leavesPorts = spec['allocateLoadBalancerNodePorts'] === false
    if (usesNodePorts(spec) && !leavesPorts) this.#ports(object, spec, others)
  }

  #clusterIP(object: ApiObject, spec: ServiceSpec, others: readonly ServiceSpec[]): void {
    const used = new Set(others.map((other) => toNumber(other.clusterIP ?? '0')))
    const asked = spec.clusterIP ?? ''
    // Validation tells of what is no address.
    if (asked === '' ? (spec.clusterIPs ?? []).length > 0 : isIP(asked) === 0) return
    if (asked === '') {
      const value = this.#addresses.take(used)
      if (value === undefined)
        throw newInternalError('failed to allocate a serviceIP: range is full')
      spec.clusterIP = toAddress(value)
    } else if (used.has(toNumber(asked))) {
      const why = `failed to allocate IP ${asked}: provided IP is already allocated`
      throw newInvalid({ group: '', kind: 'Service' }, object.metadata.name, [
        invalid('spec.clusterIPs', [asked], why),
      ])
    }
    spec.clusterIPs ??= [spec.clusterIP ?? '']
  }

  #ports(object: ApiObject, spec: ServiceSpec, others: readonly ServiceSpec[]): void {
    const used = new Set(others.flatMap((other) => (other.ports ?? []).map((p) => p.nodePort ?? 0)))
    for (const [i, port] of (spec.ports ?? []).entries()) {
      const asked = port.nodePort ?? 0
      if (asked === 0) {
        if (!this.#options.nodePorts) continue
        const value = this.#nodePorts.take(used)
        if (value === undefined)
          throw newInternalError('failed to allocate a nodePort: range is full')
        port.nodePort = value
        continue
      }
      if (!used.has(asked) && this.#nodePorts.has(asked)) continue
      const why = used.has(asked)
        ? 'provided port is already allocated'
        : 'provided port is not in the valid range. The range of valid ports is 30000-32767'
      throw newInvalid({ group: '', kind: 'Service' }, object.metadata.name, [
        invalid(`spec.ports[${i}].nodePort`, asked, why),
      ])
    }
  }
}
