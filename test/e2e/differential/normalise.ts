/**
 * Makes what must differ between two servers equal: uids, times, resourceVersions (keeping their order), generated names, audit
 * ids. One Normaliser a case and side; what stands for a value is numbered by first appearance, in the order of sorted field names.
 */
export interface NormaliseOptions {
  /** False: metadata.managedFields is left out. */
  readonly managedFields: boolean
}

interface Fields {
  [field: string]: unknown
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?:Z|[+-]\d\d:\d\d)/g
const day = 24 * 3_600_000
const server = /127\.0\.0\.1:\d+/g
const number = /^\d+$/

/** resourceVersions inside messages. */
const versionsInText: readonly (readonly [RegExp, string])[] = [
  [/(Too large resource version: \d+, current: )\d+/g, '$1<current>'],
  [
    /(ResourceVersion in (?:the )?precondition \()[^)]*(\).*ResourceVersion in record \()[^)]*\)/gi,
    '$1…$2…)',
  ],
  [/(too old resource version: )\d+ \(\d+\)/g, '$1…'],
]

export class Normaliser {
  readonly #options: NormaliseOptions
  readonly #uids = new Map<string, string>()
  readonly #literals = new Map<string, string>()
  #ranks: ReadonlyMap<string, string> = new Map()

  constructor(options: NormaliseOptions) {
    this.#options = options
  }

  /** All values of one case, in order. */
  all(values: readonly unknown[]): unknown[] {
    const versions = new Set<string>()
    for (const value of values) this.#collect(value, versions)
    const sorted = [...versions].map(BigInt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    this.#ranks = new Map(sorted.map((v, i) => [String(v), `<version ${i + 1}>`]))
    return values.map((value) => this.#value(value, ''))
  }

  /** resourceVersions of objects, not of lists: those count what other cases write meanwhile. */
  #collect(value: unknown, versions: Set<string>): void {
    if (Array.isArray(value)) for (const one of value) this.#collect(one, versions)
    else if (isFields(value)) {
      const { resourceVersion, uid, generateName, name } = value
      if (typeof resourceVersion === 'string' && number.test(resourceVersion) && uid !== undefined)
        versions.add(resourceVersion)
      if (typeof generateName === 'string' && typeof name === 'string' && generateName !== '') {
        if (name.startsWith(generateName) && name.length > generateName.length)
          this.#literals.set(name, `${generateName}<suffix ${this.#literals.size + 1}>`)
      }
      for (const one of Object.values(value)) this.#collect(one, versions)
    }
  }

  #value(value: unknown, field: string): unknown {
    if (typeof value === 'string') return this.#string(value, field)
    if (Array.isArray(value)) return value.map((one) => this.#value(one, field))
    if (!isFields(value)) return value
    const out: Fields = {}
    for (const name of Object.keys(value).sort()) {
      if (name === 'managedFields' && !this.#options.managedFields) continue
      out[name] = this.#value(value[name], name)
    }
    return out
  }

  #string(value: string, field: string): string {
    if (field === 'resourceVersion' && number.test(value) && value !== '0')
      return this.#ranks.get(value) ?? '<version of a list>'
    if (field === 'continue' && value !== '') return '<continue>'
    if (field === 'storageVersionHash') return '<hash>'
    return this.#text(value)
  }

  #text(value: string): string {
    let text = value.replace(uuid, (id) => {
      const known = this.#uids.get(id) ?? `<uid ${this.#uids.size + 1}>`
      this.#uids.set(id, known)
      return known
    })
    for (const [literal, stands] of this.#literals) text = text.replaceAll(literal, stands)
    for (const [pattern, stands] of versionsInText) text = text.replace(pattern, stands)
    return text.replace(server, '<server>').replace(time, (given, fraction?: string) => {
      const isNow = Math.abs(Date.parse(given) - Date.now()) < 2 * day
      return isNow ? (fraction === undefined ? '<time>' : '<micro time>') : given
    })
  }
}
