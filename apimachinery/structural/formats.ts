import { isIP, isIPv4, isIPv6 } from 'node:net'

const time = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const duration = /^([+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$|^0$/
const hostname =
  /^([a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9_])?$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))

function isUri(text: string): boolean {
  try {
    return text !== '' && (text.startsWith('/') || new URL(text).href !== '')
  } catch {
    return false
  }
}

export function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/')
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  const family = isIP(address)
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128)
}

/** What a text must look like to be of a format that a Kubernetes server checks; other formats are annotations. */
const checks: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => time.test(text) && !Number.isNaN(Date.parse(text)),
  datetime: (text) => time.test(text),
  date: isDate,
  duration: (text) => duration.test(text),
  email: (text) => /^[^@\s]+@[^@\s]+$/.test(text),
  hostname: (text) => text.length <= 255 && hostname.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  uri: isUri,
  uuid: (text) => uuid.test(text),
  uuid3: (text) => uuid.test(text),
  uuid4: (text) => uuid.test(text),
  uuid5: (text) => uuid.test(text),
  byte: (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
  mac: (text) => /^([0-9a-f]{2}[:-]){5}([0-9a-f]{2}[:-]?){1,3}$/i.test(text),
  'k8s-short-name': (text) => text.length <= 63 && label.test(text),
  'k8s-long-name': (text) =>
    text.length <= 253 && text.split('.').every((part) => label.test(part)),
}

/** False for a text that is not of a format that is checked. */
export const hasFormat = (text: string, format: string): boolean =>
  !Object.hasOwn(checks, format) || checks[format]?.(text) === true
