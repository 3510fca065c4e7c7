import { colourPaint, partsOf, plainPaint, render, type ScreenState } from './screen.ts'

/** Where the screen goes: a terminal is redrawn in place, anything else is told what is new. */
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

/** A log: prints what is said of a thing when that is not what was said of it last; half-done steps wait until they are done. */
class PlainTerminal implements Terminal {
  readonly #output: Output
  #said: ReadonlyMap<string, string> = new Map()

  constructor(output: Output) {
    this.#output = output
  }

  show(state: ScreenState): void {
    const settled = { ...state, steps: state.steps.filter((step) => step.done) }
    const said = new Map<string, string>()
    for (const { about, lines } of partsOf(settled, plainPaint)) {
      if (about === '') continue
      const text = lines.map((line) => `${line.trimEnd()}\n`).join('')
      // A column that has become wider is no news.
      const words = text.replace(/ +/g, ' ')
      said.set(about, words)
      if (this.#said.get(about) !== words) this.#output.write(text)
    }
    // What has gone is forgotten, and is news when it is back.
    this.#said = said
  }

  end(): void {}
}
