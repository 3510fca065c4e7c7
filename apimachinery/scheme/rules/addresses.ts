import { isIP, isIPv6 } from 'node:net'
import { invalid } from '../../errors/field-error.ts'
import { type Check, none } from './check.ts'
import { refuse } from './checks.ts'
import { asText } from './read.ts'

export const ipText = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const cidrText = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'

const mapped = /^(?:::|(?:0{1,4}:){5})ffff:(?:[\d.]+|[\da-f]{1,4}:[\da-f]{1,4})$/i

function problemOf(text: string): string | undefined {
  if (isIP(text) !== 0 && !text.includes('%')) {
    return mapped.test(text) ? 'must not be an IPv4-mapped IPv6 address' : undefined
  }
  const withoutZeros = /^[\d.]+$/.test(text) ? text.replace(/\b0+(?=\d)/g, '') : ''
  return isIP(withoutZeros) === 0 ? ipText : 'must not have leading 0s'
}

export const ip: Check = (value, path) => {
  const problem = problemOf(asText(value))
  return problem === undefined ? none : [invalid(path, value ?? '', problem)]
}

export function isCIDR(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text)
  const address = match?.[1] ?? ''
  return isIP(address) !== 0 && Number(match?.[2]) <= (isIPv6(address) ? 128 : 32)
}

export const cidr = refuse((value) => !isCIDR(asText(value)), cidrText)
