/** Memory of so many octets. */
export type Allocate = (length: number) => Buffer

const areaOctets = 1024 * 1024
const commaOctet = 0x2c

/**
 * Memory for objects that are made one behind the other in the order of their keys, as when all are loaded: a comma stands before each, so that what lies
 * together is the text of a list already. An area stays as long as one object in it does.
 */
export class AdjacentMemory {
  #area: Buffer = Buffer.alloc(0)
  #used = 0

  readonly take: Allocate = (length) => {
    if (this.#used + 1 + length > this.#area.length) {
      this.#area = Buffer.allocUnsafeSlow(Math.max(areaOctets, 1 + length))
      this.#used = 0
    }
    this.#area[this.#used] = commaOctet
    const start = this.#used + 1
    this.#used = start + length
    return this.#area.subarray(start, this.#used)
  }
}
