import { BlockList, isIP } from 'node:net'

export interface ServerAddress {
  readonly clientCIDR: string
  readonly serverAddress: string
}

/**
 * The address of the entry whose CIDR contains one of the host's addresses, the longest prefix first and the first
 * of equals; an empty CIDR contains everything. Undefined when no entry is for this host.
 */
export function chooseServerAddress(
  entries: readonly ServerAddress[],
  hostAddresses: readonly string[],
): string | undefined {
  let best: { prefix: number; address: string } | undefined
  for (const { clientCIDR, serverAddress } of entries) {
    const prefix = matchingPrefix(clientCIDR, hostAddresses)
    if (prefix !== undefined && (best === undefined || prefix > best.prefix)) {
      best = { prefix, address: serverAddress }
    }
  }
  return best === undefined ? undefined : serverURL(best.address)
}

/** Length of the prefix when the CIDR contains one of the addresses; `0.0.0.0/0` and `::/0` mean every client. */
function matchingPrefix(cidr: string, addresses: readonly string[]): number | undefined {
  if (cidr === '' || cidr === '0.0.0.0/0' || cidr === '::/0') return 0
  const [network = '', length = ''] = cidr.split('/')
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4'
  const prefix = Number(length)
  if (isIP(network) === 0 || length === '' || !Number.isInteger(prefix)) return undefined
  if (prefix < 0 || prefix > (family === 'ipv6' ? 128 : 32)) return undefined
  const block = new BlockList()
  block.addSubnet(network, prefix, family)
  const inside = addresses.some(
    (address) => isIP(address) === (family === 'ipv6' ? 6 : 4) && block.check(address, family),
  )
  return inside ? prefix : undefined
}

/** A host, host:port, IP, IP:port or URL, as a URL without a slash at its end. */
function serverURL(address: string): string {
  const url = /^https?:\/\//.test(address) ? address : `https://${bracketed(address)}`
  return url.replace(/\/+$/, '')
}

const bracketed = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address)
