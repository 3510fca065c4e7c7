const newline = 0x0a

/**
 * Cuts a byte stream into lines. Only whole lines are decoded, so a chunk may end inside a
 * multi-byte character.
 */
export class LineSplitter {
  #pending: Buffer[] = []
  #pendingBytes = 0

  /** Bytes held of a line whose end has not come yet. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** The lines that this chunk completes, without their newlines; empty ones are left out. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    let end = chunk.indexOf(newline)
    while (end >= 0) {
      const line = this.#complete(chunk, start, end)
      if (line !== '') lines.push(line)
      start = end + 1
      end = chunk.indexOf(newline, start)
    }
    if (start < chunk.length) {
      this.#pending.push(start === 0 ? chunk : chunk.subarray(start))
      this.#pendingBytes += chunk.length - start
    }
    return lines
  }

  #complete(chunk: Buffer, start: number, end: number): string {
    if (this.#pendingBytes === 0) return chunk.toString('utf8', start, end)
    this.#pending.push(chunk.subarray(start, end))
    const line = Buffer.concat(this.#pending).toString('utf8')
    this.#pending = []
    this.#pendingBytes = 0
    return line
  }
}
