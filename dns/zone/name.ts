/**
 * A domain name as a map key: its wire form (RFC 1035 §3.1: length octets, labels, root octet) in lower case, one
 * character an octet. Unlike text it has one spelling, and labels may hold any octet.
 */
export type NameKey = string

export const root: NameKey = '\0'

const maxNameOctets = 255
const maxLabelOctets = 63

/** The octets of a label, one character each. Names are ASCII but for mistakes; those count as UTF-8. */
const labelOctets = (label: string): string =>
  /^[!-~]*$/.test(label) ? label : Buffer.from(label, 'utf8').toString('latin1')

/** Wire form, one character an octet, case kept. */
function wireText(text: string): string {
  if (text === '.' || text === '') return root
  let wire = ''
  for (const part of (text.endsWith('.') ? text.slice(0, -1) : text).split('.')) {
    const label = labelOctets(part)
    if (label.length === 0 || label.length > maxLabelOctets)
      throw new RangeError(`"${text}" is no domain name: a label has ${label.length} octets`)
    wire += String.fromCharCode(label.length) + label
  }
  wire += root
  if (wire.length > maxNameOctets)
    throw new RangeError(`"${text}" is no domain name: ${wire.length} octets`)
  return wire
}

/** Wire name, case kept, from text such as `nginx.example.test` (a final dot is optional, no escapes). Throws RangeError. */
export const nameOctets = (text: string): Buffer => Buffer.from(wireText(text), 'latin1')

/** ASCII letters only (RFC 4343): other octets are not characters. */
export const lowerOctet = (octet: number): number =>
  octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet

/** Length octets are below 'A', so lowering every octet is safe. */
const lowered = (wire: string): NameKey =>
  /[A-Z]/.test(wire) ? wire.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : wire

/** Key of a whole uncompressed wire name. */
export const keyOfOctets = (octets: Uint8Array): NameKey =>
  lowered(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1'))

/** The key of a name as text. Throws RangeError for what is no name. */
export const nameKey = (text: string): NameKey => lowered(wireText(text))

export const octetsOfKey = (key: NameKey): Buffer => Buffer.from(key, 'latin1')

/** The name without its first label; undefined for the root. */
export const parentKey = (key: NameKey): NameKey | undefined =>
  key === root ? undefined : key.slice(key.charCodeAt(0) + 1)

/** Whether `key` is `origin` or below it, at a label boundary. */
export function isWithin(key: NameKey, origin: NameKey): boolean {
  let at = 0
  while (key.length - at > origin.length) at += key.charCodeAt(at) + 1
  return key.length - at === origin.length && key.endsWith(origin)
}

/** Text with a final dot, for logs and tests; octets other than letters, digits, `-` and `_` as `\ddd`. */
export function nameText(key: NameKey): string {
  if (key === root) return '.'
  let text = ''
  for (let at = 0; key.charCodeAt(at) > 0;) {
    const length = key.charCodeAt(at)
    const label = key.slice(at + 1, at + 1 + length)
    text += `${label.replace(/[^A-Za-z0-9_-]/g, (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`)}.`
    at += length + 1
  }
  return text
}
