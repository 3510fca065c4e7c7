import { BlockList, isIP, SocketAddress } from 'node:net'
import type { Equatable } from './equality.ts'
import type { Library } from './library.ts'

/** Host and port, without a user. */
function authorityOf(text: string): string {
  const [, authority = ''] = /^[^:/?#]+:\/\/([^/?#]*)/.exec(text) ?? []
  return authority.slice(authority.lastIndexOf('@') + 1)
}

const noUrl = (text: string, why: string): Error =>
  new Error(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: ${why}`)

/** An absolute URL, or a path that begins with a slash, as Go's url.ParseRequestURI takes it. */
class Url implements Equatable {
  readonly text: string
  readonly #url: URL
  readonly #isPath: boolean

  constructor(text: string) {
    this.text = text
    this.#isPath = text.startsWith('/')
    const isAbsolute = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text)
    const base = this.#isPath ? 'path://host' : undefined
    const hasSpace = Array.from(text).some((sign) => sign <= ' ' || sign === '\x7f')
    const port = /^[^/?#@[]*?(:[^/?#]*)/.exec(authorityOf(text))?.[1] ?? ''
    if (text === '') throw noUrl(text, 'empty url')
    if (/[^:\d]|:.*:/.test(port))
      throw noUrl(text, `invalid port ${JSON.stringify(port)} after host`)
    if (!(this.#isPath || isAbsolute) || hasSpace || !URL.canParse(text, base)) {
      throw noUrl(text, 'invalid URI for request')
    }
    this.#url = new URL(text, base)
  }

  equals(other: Url): boolean {
    return this.text === other.text
  }

  get scheme(): string {
    return this.#isPath ? '' : this.#url.protocol.slice(0, -1)
  }

  /** Host and port as they are written: URL forgets a default port. */
  get host(): string {
    if (this.#isPath) return ''
    return authorityOf(this.text)
  }

  get hostname(): string {
    return this.host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
  }

  get port(): string {
    return /:(\d+)$/.exec(this.host)?.[1] ?? ''
  }

  get path(): string {
    const [, path = ''] = /^(?:[^:/?#]+:(?:\/\/[^/?#]*)?)?([^?#]*)/.exec(this.text) ?? []
    return path
  }

  get query(): Record<string, string[]> {
    const found: Record<string, string[]> = {}
    for (const [name, value] of this.#url.searchParams) (found[name] ??= []).push(value)
    return found
  }
}

type Family = 'ipv4' | 'ipv6'

class Address implements Equatable {
  readonly text: string
  readonly family: Family

  /** Neither a zone nor IPv4 in IPv6 is allowed. */
  constructor(text: string) {
    const version = isIP(text)
    if (version === 0) {
      throw new Error(
        `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): unable to parse IP`,
      )
    }
    if (text.includes('%')) {
      throw new Error(`IP address ${JSON.stringify(text)} with zone value is not allowed`)
    }
    this.family = version === 4 ? 'ipv4' : 'ipv6'
    this.text = new SocketAddress({ address: text, family: this.family }).address
    if (this.isWithin('::ffff:0:0/96')) {
      throw new Error(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`)
    }
  }

  equals(other: Address): boolean {
    return this.text === other.text
  }

  isWithin(...ranges: readonly string[]): boolean {
    return ranges.some((range) => {
      const [address = '', bits = ''] = range.split('/')
      const family = address.includes(':') ? 'ipv6' : 'ipv4'
      if (family !== this.family) return false
      const list = new BlockList()
      list.addSubnet(address, Number(bits), family)
      return list.check(this.text, family)
    })
  }

  /** RFC 1122, 4291: neither unspecified, loopback, multicast nor link-local, nor the broadcast address. */
  get isGlobalUnicast(): boolean {
    return !this.isWithin(
      '0.0.0.0/32',
      '::/128',
      '127.0.0.0/8',
      '::1/128',
      '224.0.0.0/4',
      'ff00::/8',
      '169.254.0.0/16',
      'fe80::/10',
      '255.255.255.255/32',
    )
  }
}

class Prefix implements Equatable {
  readonly address: Address
  readonly bits: number

  constructor(text: string) {
    const [, address = '', bits = ''] = /^(.*)\/(0|[1-9]\d*)$/.exec(text) ?? []
    const most = isIP(address) === 4 ? 32 : 128
    if (isIP(address) === 0 || Number(bits) > most) {
      throw new Error(
        `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no CIDR`,
      )
    }
    this.address = new Address(address)
    this.bits = Number(bits)
  }

  get text(): string {
    return `${this.address.text}/${this.bits}`
  }

  equals(other: Prefix): boolean {
    return this.text === other.text
  }

  contains(address: Address): boolean {
    return address.isWithin(this.text)
  }

  containsPrefix(other: Prefix): boolean {
    return this.bits <= other.bits && this.contains(other.address)
  }

  masked(): Prefix {
    const width = this.address.family === 'ipv4' ? 32 : 128
    const whole = numberOf(this.address)
    const shift = BigInt(width - this.bits)
    return new Prefix(`${textOf((whole >> shift) << shift, this.address.family)}/${this.bits}`)
  }
}

function numberOf({ text, family }: Address): bigint {
  if (family === 'ipv4') {
    return text.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n)
  }
  const [head = '', tail] = text.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  const groups = [...left, ...zeros, ...right]
  return groups.reduce((sum, part) => (sum << 16n) + BigInt(`0x${part}`), 0n)
}

function textOf(value: bigint, family: Family): string {
  const [width, count, base] = family === 'ipv4' ? [8n, 4, 10] : [16n, 8, 16]
  const parts = Array.from({ length: count }, (_, i) =>
    BigInt.asUintN(Number(width), value >> (width * BigInt(count - 1 - i))).toString(base),
  )
  return parts.join(family === 'ipv4' ? '.' : ':')
}

const isValid = (make: () => unknown): boolean => {
  try {
    make()
    return true
  } catch {
    return false
  }
}

class Ip {}

export const network: Library = {
  functions: {
    'url(string): kubernetes.URL': (text: string) => new Url(text),
    'isURL(string): bool': (text: string) => isValid(() => new Url(text)),
    'kubernetes.URL.getScheme(): string': (url: Url) => url.scheme,
    'kubernetes.URL.getHost(): string': (url: Url) => url.host,
    'kubernetes.URL.getHostname(): string': (url: Url) => url.hostname,
    'kubernetes.URL.getPort(): string': (url: Url) => url.port,
    'kubernetes.URL.getEscapedPath(): string': (url: Url) => url.path,
    'kubernetes.URL.getQuery(): map<string, list<string>>': (url: Url) => url.query,
    'ip(string): net.IP': (text: string) => new Address(text),
    'isIP(string): bool': (text: string) => isValid(() => new Address(text)),
    'Ip.isCanonical(string): bool': (_: Ip, text: string) => new Address(text).text === text,
    'string(net.IP): string': ({ text }: Address) => text,
    'net.IP.family(): int': ({ family }: Address) => (family === 'ipv4' ? 4n : 6n),
    'net.IP.isUnspecified(): bool': (one: Address) => one.isWithin('0.0.0.0/32', '::/128'),
    'net.IP.isLoopback(): bool': (one: Address) => one.isWithin('127.0.0.0/8', '::1/128'),
    'net.IP.isLinkLocalMulticast(): bool': (one: Address) =>
      one.isWithin('224.0.0.0/24', 'ff02::/16'),
    'net.IP.isLinkLocalUnicast(): bool': (one: Address) =>
      one.isWithin('169.254.0.0/16', 'fe80::/10'),
    'net.IP.isGlobalUnicast(): bool': (one: Address) => one.isGlobalUnicast,
    'cidr(string): net.CIDR': (text: string) => new Prefix(text),
    'isCIDR(string): bool': (text: string) => isValid(() => new Prefix(text)),
    'string(net.CIDR): string': ({ text }: Prefix) => text,
    'net.CIDR.containsIP(string): bool': (cidr: Prefix, text: string) =>
      cidr.contains(new Address(text)),
    'net.CIDR.containsIP(net.IP): bool': (cidr: Prefix, address: Address) => cidr.contains(address),
    'net.CIDR.containsCIDR(string): bool': (cidr: Prefix, text: string) =>
      cidr.containsPrefix(new Prefix(text)),
    'net.CIDR.containsCIDR(net.CIDR): bool': (cidr: Prefix, other: Prefix) =>
      cidr.containsPrefix(other),
    'net.CIDR.ip(): net.IP': ({ address }: Prefix) => address,
    'net.CIDR.prefixLength(): int': ({ bits }: Prefix) => BigInt(bits),
    'net.CIDR.masked(): net.CIDR': (cidr: Prefix) => cidr.masked(),
  },
  types: [
    { name: 'kubernetes.URL', ctor: Url },
    { name: 'net.IP', ctor: Address },
    { name: 'net.CIDR', ctor: Prefix },
    { name: 'Ip', ctor: Ip },
  ],
  namespaces: { ip: new Ip() },
}
