/** The four octets of a dotted IPv4 literal, or undefined. */
export function ipv4Octets(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256))
    return undefined
  return Uint8Array.from(parts, Number)
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'))

/** The 16 octets of an IPv6 literal (RFC 4291 §2.2, also with a dotted tail), or undefined. No zone index. */
export function ipv6Octets(text: string): Uint8Array | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted) {
    const tail = ipv4Octets(dotted[2] ?? '')
    if (tail === undefined) return undefined
    const pair = (at: number) => (((tail[at] ?? 0) << 8) | (tail[at + 1] ?? 0)).toString(16)
    return ipv6Octets(`${dotted[1]}${pair(0)}:${pair(2)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0] ?? '')
  const tail = groupsOf(halves[1] ?? '')
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail]
  if (!groups.every((g) => /^[0-9a-fA-F]{1,4}$/.test(g))) return undefined
  return Uint8Array.from(groups.flatMap((g) => [parseInt(g, 16) >> 8, parseInt(g, 16) & 255]))
}
