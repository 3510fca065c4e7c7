import { isIP, isIPv6 } from 'node:net'
import { refuse } from './checks.ts'
import { asText } from './read.ts'

export const ipText = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const cidrText = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

export const ip = refuse((value) => isIP(asText(value)) === 0, ipText)

export function isCIDR(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text)
  const address = match?.[1] ?? ''
  return isIP(address) !== 0 && Number(match?.[2]) <= (isIPv6(address) ? 128 : 32)
}

export const cidr = refuse((value) => !isCIDR(asText(value)), cidrText)
