/** Where in a text the grammar stopped. */
class Stop extends Error {
  override readonly name = 'Stop'
}

const escapes: Readonly<Record<string, string>> = {
  "'": String.raw`\'`,
  '\\': String.raw`\\`,
  '\x07': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
}

/** As Go's %q writes a byte. */
const quoteCharacter = (c: string): string => {
  const code = c.charCodeAt(0)
  const hex = code.toString(16)
  const shown =
    code < 0x20 || code === 0x7f
      ? String.raw`\x${hex.padStart(2, '0')}`
      : code > 0x7f && code < 0xa0
        ? String.raw`\u${hex.padStart(4, '0')}`
        : c
  return `'${escapes[c] ?? shown}'`
}

/** What is wrong with a text that JSON.parse refused, in the words of Go's encoding/json, which looks at bytes: `text` has one a character. */
export function explainJsonSyntax(text: string): string {
  const scanner = new Scanner(text)
  try {
    scanner.value()
    scanner.end()
  } catch (err) {
    if (err instanceof Stop) return err.message
    if (err instanceof RangeError) return 'exceeded max depth'
    throw err
  }
  return 'invalid JSON'
}

/** Walks the JSON grammar and stops at the first offence. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  #fail(context: string): never {
    const c = this.#text[this.#at]
    if (c === undefined) throw new Stop('unexpected end of JSON input')
    throw new Stop(`invalid character ${quoteCharacter(c)} ${context}`)
  }

  /** The next character that is no white space. */
  #peek(): string | undefined {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
    return this.#text[this.#at]
  }

  value(): void {
    const c = this.#peek()
    if (c === '{') this.#object()
    else if (c === '[') this.#array()
    else if (c === '"') this.#string()
    else if (c !== undefined && /[-0-9]/.test(c)) this.#number()
    else if (c !== undefined && 'tfn'.includes(c)) this.#literal(c)
    else this.#fail('looking for beginning of value')
  }

  end(): void {
    if (this.#peek() !== undefined) this.#fail('after top-level value')
  }

  #object(): void {
    this.#at++
    if (this.#peek() === '}') return void this.#at++
    for (;;) {
      if (this.#peek() !== '"') this.#fail('looking for beginning of object key string')
      this.#string()
      if (this.#peek() !== ':') this.#fail('after object key')
      this.#at++
      this.value()
      const c = this.#peek()
      if (c === '}') return void this.#at++
      if (c !== ',') this.#fail('after object key:value pair')
      this.#at++
    }
  }

  #array(): void {
    this.#at++
    if (this.#peek() === ']') return void this.#at++
    for (;;) {
      this.value()
      const c = this.#peek()
      if (c === ']') return void this.#at++
      if (c !== ',') this.#fail('after array element')
      this.#at++
    }
  }

  #string(): void {
    this.#at++
    for (;;) {
      const c = this.#text[this.#at]
      if (c === '"') return void this.#at++
      if (c === undefined || c < ' ') this.#fail('in string literal')
      this.#at++
      if (c === '\\') this.#escape()
    }
  }

  #escape(): void {
    const c = this.#text[this.#at]
    if (c === undefined || !'"\\/bfnrtu'.includes(c)) this.#fail('in string escape code')
    this.#at++
    if (c !== 'u') return
    for (let n = 0; n < 4; n++, this.#at++) {
      if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) {
        this.#fail(String.raw`in \u hexadecimal character escape`)
      }
    }
  }

  #number(): void {
    if (this.#text[this.#at] === '-') this.#at++
    if (this.#text[this.#at] === '0') this.#at++
    else this.#digits('in numeric literal')
    if (this.#text[this.#at] === '.') {
      this.#at++
      this.#digits('after decimal point in numeric literal')
    }
    if (/[eE]/.test(this.#text[this.#at] ?? '')) {
      this.#at++
      if (/[-+]/.test(this.#text[this.#at] ?? '')) this.#at++
      this.#digits('in exponent of numeric literal')
    }
  }

  #digits(context: string): void {
    if (!/[0-9]/.test(this.#text[this.#at] ?? '')) this.#fail(context)
    while (/[0-9]/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #literal(first: string): void {
    const word = first === 't' ? 'true' : first === 'f' ? 'false' : 'null'
    for (const expected of word) {
      if (this.#text[this.#at] !== expected) {
        this.#fail(`in literal ${word} (expecting ${quoteCharacter(expected)})`)
      }
      this.#at++
    }
  }
}
