/** Writes `value` as field `number` into `out`; writes nothing for undefined. */
export type Write = (number: number, value: unknown, out: Buffer[]) => void

/** Most tags and lengths are one byte. */
const singleBytes: readonly Buffer[] = Array.from({ length: 0x80 }, (_, byte) =>
  Buffer.from([byte]),
)

function varint(value: number): Buffer {
  const single = singleBytes[value]
  if (single !== undefined) return single
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

/** An integer field; negative ones take ten bytes, as two's complement of 64 bits. */
export function varintField(number: number, value: number | bigint, out: Buffer[]): void {
  out.push(varint(number * 8))
  if (value >= 0) {
    out.push(varint(Number(value)))
    return
  }
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  out.push(Buffer.from(bytes))
}

/** A length-delimited field. */
export function delimited(number: number, content: Buffer, out: Buffer[]): void {
  out.push(varint(number * 8 + 2), varint(content.length), content)
}

export const text: Write = (number, value, out) => {
  if (typeof value === 'string') delimited(number, Buffer.from(value, 'utf8'), out)
}

export const flag: Write = (number, value, out) => {
  if (value === true) out.push(varint(number * 8), varint(1))
}

/** A field for every element. */
export const each =
  (write: Write): Write =>
  (number, value, out) => {
    if (Array.isArray(value)) for (const item of value) write(number, item, out)
  }

/** A message {name = 1, value = 2} for every member: how gnostic has maps. */
export const named =
  (write: Write): Write =>
  (number, value, out) => {
    for (const [name, member] of entries(value)) {
      const parts: Buffer[] = []
      text(1, name, parts)
      write(2, member, parts)
      delimited(number, Buffer.concat(parts), out)
    }
  }

/** A message whose only field is `inner` = `write`. */
export const wrapped =
  (inner: number, write: Write): Write =>
  (number, value, out) => {
    if (value === undefined) return
    const parts: Buffer[] = []
    write(inner, value, parts)
    delimited(number, Buffer.concat(parts), out)
  }

/** A message of the fields of an object; `extensions` is the number of the field that takes members named `x-…`. */
export const message =
  (fields: () => Readonly<Record<string, readonly [number, Write]>>, extensions?: number): Write =>
  (number, value, out) => {
    if (value === undefined) return
    const parts: Buffer[] = []
    const known = fields()
    const more: [string, unknown][] = []
    for (const [name, member] of entries(value)) {
      const field = known[name]
      if (field !== undefined) field[1](field[0], member, parts)
      else if (name.startsWith('x-')) more.push([name, member])
    }
    if (extensions !== undefined) extension(extensions, Object.fromEntries(more), parts)
    delimited(number, Buffer.concat(parts), out)
  }

/** Any {yaml = 2}: JSON is YAML. */
const any: Write = wrapped(2, (number, value, out) => text(number, JSON.stringify(value), out))
const extension = named(any)

export const entries = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []
