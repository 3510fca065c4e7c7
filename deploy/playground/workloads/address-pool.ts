const toNumber = (ip: string): number =>
  ip.split('.').reduce((number, part) => number * 256 + Number(part), 0)

const toAddress = (number: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')

/** The IPv4 addresses of a range, each held by at most one key; the network's own and the broadcast address are never given. */
export class AddressPool {
  readonly #first: number
  readonly #last: number
  readonly #byKey = new Map<string, string>()
  readonly #held = new Set<string>()

  /** `range` is a CIDR such as 192.0.2.0/24. */
  constructor(range: string) {
    const [address = '', bits = '32'] = range.split('/')
    const size = 2 ** (32 - Number(bits))
    const start = Math.floor(toNumber(address) / size) * size
    this.#first = start + 1
    this.#last = start + size - 2
  }

  /** Notes that the key has this address already; the address may be outside the range. */
  hold(key: string, address: string): void {
    if (this.#byKey.get(key) === address) return
    this.release(key)
    this.#byKey.set(key, address)
    this.#held.add(address)
  }

  /** The key's address, or the lowest free one; undefined when none is left. */
  take(key: string): string | undefined {
    const own = this.#byKey.get(key)
    if (own !== undefined) return own
    for (let number = this.#first; number <= this.#last; number++) {
      const address = toAddress(number)
      if (this.#held.has(address)) continue
      this.hold(key, address)
      return address
    }
    return undefined
  }

  release(key: string): void {
    const address = this.#byKey.get(key)
    if (address === undefined) return
    this.#byKey.delete(key)
    this.#held.delete(address)
  }
}
