import { colourPaint, plainPaint, render, type ScreenState } from './screen.ts'

/** Where the screen goes: a terminal is redrawn in place, anything else gets each new line once. */
export interface Terminal {
  show(state: ScreenState): void
  /** Leaves the last screen where it is. */
  end(): void
}

interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly rows?: number
}

export const createTerminal = (output: Output): Terminal =>
  output.isTTY === true ? new LiveTerminal(output) : new PlainTerminal(output)

/** Redraws the same lines; a screen longer than the window is cut at the top, so that the newest part shows. */
class LiveTerminal implements Terminal {
  readonly #output: Output
  #drawn = 0
  #last = ''

  constructor(output: Output) {
    this.#output = output
  }

  show(state: ScreenState): void {
    const all = render(state, colourPaint)
    const lines = all.slice(-Math.max(10, (this.#output.rows ?? 50) - 1))
    const text = lines.map((line) => `${line}\u001b[K\n`).join('')
    if (text === this.#last) return
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A` : ''
    this.#output.write(`${up}${text}\u001b[J`)
    this.#last = text
    this.#drawn = lines.length
  }

  end(): void {
    this.#drawn = 0
  }
}

/** Prints lines that were not there before; half-done ones wait until they are done. */
class PlainTerminal implements Terminal {
  readonly #output: Output
  readonly #printed = new Set<string>()

  constructor(output: Output) {
    this.#output = output
  }

  show(state: ScreenState): void {
    const settled = { ...state, steps: state.steps.filter((step) => step.done) }
    for (const line of render(settled, plainPaint)) {
      if (line.trim() === '' || this.#printed.has(line)) continue
      this.#printed.add(line)
      this.#output.write(`${line.trimEnd()}\n`)
    }
  }

  end(): void {}
}
