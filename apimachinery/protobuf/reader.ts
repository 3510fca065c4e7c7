/** A body that is no message of the kind it says; the message says where it broke. */
export class ProtobufProblem extends Error {
  override readonly name = 'ProtobufProblem'
}

/** One field as it stands on the wire: numbers for wire types 0, 1 and 5, bytes for 2. */
export interface WireField {
  readonly number: number
  readonly value: number | bigint | Buffer
  /** Wire type: 0 varint, 1 64-bit, 2 length-delimited, 5 32-bit. */
  readonly wire: number
}

const truncated = (): never => {
  throw new ProtobufProblem('unexpected EOF')
}

/** Reads one message of the protobuf wire format, without copying. */
export class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  next(): WireField {
    const tag = Number(this.varint())
    const number = Math.floor(tag / 8)
    const wire = tag % 8
    if (number === 0) throw new ProtobufProblem(`illegal tag ${number} (wire type ${wire})`)
    switch (wire) {
      case 0:
        return { number, wire, value: this.varint() }
      case 1:
        return { number, wire, value: this.#take(8).readDoubleLE() }
      case 2:
        return { number, wire, value: this.#take(Number(this.varint())) }
      case 5:
        return { number, wire, value: this.#take(4).readFloatLE() }
      default:
        throw new ProtobufProblem(`illegal wireType ${wire}`)
    }
  }

  /** A signed 64-bit integer; a bigint only when a number cannot hold it exactly. */
  varint(): number | bigint {
    let low = 0
    let shift = 1
    for (let n = 0; n < 7; n++) {
      const byte = this.#bytes[this.#at++] ?? truncated()
      low += (byte & 0x7f) * shift
      if (byte < 0x80) return low
      shift *= 128
    }
    let big = BigInt(low)
    for (let bits = 49n; bits < 70n; bits += 7n) {
      const byte = this.#bytes[this.#at++] ?? truncated()
      big |= BigInt(byte & 0x7f) << bits
      if (byte < 0x80) {
        const signed = BigInt.asIntN(64, big)
        const small = Number(signed)
        return Number.isSafeInteger(small) ? small : signed
      }
    }
    throw new ProtobufProblem('integer overflow')
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) truncated()
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
