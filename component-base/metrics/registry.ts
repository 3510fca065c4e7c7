/** Metrics of one kind that differ in the values of their labels. `with` makes one at its first use: values never come from free text. */
export class Vector<T> {
  readonly #labels: readonly string[]
  readonly #create: () => T
  readonly #children = new Map<string, T>()

  constructor(labels: readonly string[], create: () => T) {
    this.#labels = labels
    this.#create = create
  }

  /** One for these values, in the order of the labels; keep it where it is used often. */
  with(...values: readonly string[]): T {
    const key = this.#labels
      .map((label, i) => `${label}="${escapeLabel(values[i] ?? '')}"`)
      .join(',')
    const known = this.#children.get(key)
    if (known !== undefined) return known
    const made = this.#create()
    this.#children.set(key, made)
    return made
  }

  /** By their labels as the text format has them. */
  children(): Iterable<[labels: string, child: T]> {
    return this.#children
  }
}

export class Value {
  #value = 0

  get value(): number {
    return this.#value
  }

  add(by = 1): void {
    this.#value += by
  }

  set(value: number): void {
    this.#value = value
  }
}

/** Counts observations in buckets; the last one is everything above the bounds. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #buckets: Float64Array
  #sum = 0

  /** `bounds`: upper ends of the buckets, inclusive, ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#buckets = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let at = 0
    while (at < bounds.length && value > (bounds[at] ?? Infinity)) at += 1
    this.#buckets[at] = (this.#buckets[at] ?? 0) + 1
    this.#sum += value
  }

  lines(name: string, labels: string): string[] {
    const prefix = labels === '' ? '' : `${labels},`
    const own = braced(labels)
    let total = 0
    const buckets = Array.from(this.#buckets, (count, i) => {
      total += count
      return `${name}_bucket{${prefix}le="${boundText(this.#bounds[i] ?? Infinity)}"} ${total}`
    })
    return [...buckets, `${name}_sum${own} ${this.#sum}`, `${name}_count${own} ${total}`]
  }
}

/** A sample that is read when somebody asks: the values of the labels, and the number. */
export type Sample = readonly [values: readonly string[], value: number]

interface Described {
  readonly name: string
  /** One sentence. */
  readonly help: string
  /** In alphabetical order, as Prometheus' own clients write them. */
  readonly labels?: readonly string[]
}

interface Family extends Described {
  readonly type: 'counter' | 'gauge' | 'histogram'
  lines(): Iterable<string>
}

/** The metrics of a program or of a part of it, in Prometheus' text format 0.0.4. Names are those of Kubernetes where it has the same thing. */
export class Registry {
  readonly #families: Family[] = []

  counter(described: Described): Vector<Value> {
    return this.#values('counter', described)
  }

  gauge(described: Described): Vector<Value> {
    return this.#values('gauge', described)
  }

  histogram(described: Described & { readonly buckets: readonly number[] }): Vector<Histogram> {
    const { name, labels = [], buckets } = described
    const vector = new Vector(labels, () => new Histogram(buckets))
    this.#add({
      ...described,
      type: 'histogram',
      lines: () => [...vector.children()].flatMap(([of, child]) => child.lines(name, of)),
    })
    return vector
  }

  /** `read` is called for each text. */
  collect(
    described: Described & { type: 'counter' | 'gauge' },
    read: () => Iterable<Sample>,
  ): void {
    const { name, type, help, labels = [] } = described
    this.#add({
      ...{ name, type, help, labels },
      lines: () => {
        const vector = new Vector(labels, () => new Value())
        for (const [values, value] of read()) vector.with(...values).set(value)
        return valueLines(name, vector)
      },
    })
  }

  /** Families without a sample are left out. */
  text(): string {
    const lines: string[] = []
    for (const family of this.#families) {
      const samples = [...family.lines()]
      if (samples.length === 0) continue
      const { name, type, help } = family
      lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`)
      for (const sample of samples) lines.push(sample)
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`
  }

  #values(type: 'counter' | 'gauge', described: Described): Vector<Value> {
    const vector = new Vector(described.labels ?? [], () => new Value())
    this.#add({ ...described, type, lines: () => valueLines(described.name, vector) })
    return vector
  }

  #add(family: Family): void {
    if (this.#families.some(({ name }) => name === family.name))
      throw new Error(`the metric ${family.name} is there already`)
    this.#families.push(family)
  }
}

/** Content-Type of the text. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

const valueLines = (name: string, vector: Vector<Value>): string[] =>
  [...vector.children()].map(([labels, { value }]) => `${name}${braced(labels)} ${value}`)

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`)

const needsEscape = /[\\"\n]/

const escapeLabel = (text: string): string =>
  needsEscape.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : text

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

/** As Go writes it, for those who ask for one bucket by its text: 1e+06, 1e-08, 0.005. */
function boundText(bound: number): string {
  if (bound === Infinity) return '+Inf'
  const text = bound.toExponential()
  const exponent = Number(text.slice(text.indexOf('e') + 1))
  if (exponent >= -4 && exponent < 6) return String(bound)
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}
