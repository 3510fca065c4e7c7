import { orderedMessage } from './map-order.ts'

/**
 * Makes what must differ between two servers equal: uids, times, resourceVersions (keeping their order), generated names. One
 * Normaliser a case and side.
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
/** Of the administrator's client certificate. */
const credential = /X509SHA256=[0-9a-f]{64}/g
/** Made up for each pod. */
const tokenVolume = /kube-api-access-[a-z0-9]{5}/g
/** Of a prefix that leaves no more room: names are not longer than this. */
const suffixOfLong = /\ba{58}[a-z0-9]{5}\b/g
const number = /^\d+$/
const jwt = /^eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]+$/

/** resourceVersions inside messages. */
const versionsInText: readonly (readonly [RegExp, string])[] = [
  [/(Too large resource version: \d+, current: )\d+/g, '$1<current>'],
  [
    /(ResourceVersion in (?:the )?precondition \()[^)]*(\).*ResourceVersion in record \()[^)]*\)/gi,
    '$1…$2…)',
  ],
  [/(too old resource version: )\d+ \(\d+\)/g, '$1…'],
  [/(\\"resourceVersion\\":\\")\d+/g, '$1…'],
]

/** Lists whose order hangs on the second in which a write came, or on nothing at all. */
const unordered: ReadonlySet<string> = new Set([
  'managedFields',
  'causes',
  'resourceRules',
  'nonResourceRules',
])
const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

/** What a token says; its times as how long it lasts. */
function claimsOf(payload: string): unknown {
  const { exp, iat, nbf, ...claims } = JSON.parse(
    Buffer.from(payload, 'base64url').toString('utf8'),
  ) as Record<string, unknown>
  return { ...claims, lasts: Number(exp) - Number(iat), waits: Number(nbf) - Number(iat) }
}

const listVersion = (value: unknown): unknown =>
  typeof value === 'string' && number.test(value) && value !== '0' ? '<version of a list>' : value

/** What stands for a value says where it was first seen, so that one difference makes no others. */
export class Normaliser {
  readonly #options: NormaliseOptions
  readonly #uids = new Map<string, string>()
  readonly #versions = new Map<string, string>()
  readonly #literals = new Map<string, string>()
  #newest = 0n
  #place = 0
  #uidsHere = 0

  constructor(options: NormaliseOptions) {
    this.#options = options
  }

  /** All values of one case, in order. */
  all(values: readonly unknown[]): unknown[] {
    return values.map((value, i) => {
      this.#place = i + 1
      this.#uidsHere = 0
      const versions = new Set<bigint>()
      this.#collect(value, versions)
      this.#nameVersions(versions)
      return this.#value(value, '')
    })
  }

  #nameVersions(seen: ReadonlySet<bigint>): void {
    const fresh = [...seen].filter((v) => !this.#versions.has(String(v)))
    fresh.sort((a, b) => (a < b ? -1 : 1))
    for (const [i, version] of fresh.entries()) {
      const late = version < this.#newest ? ', older than one before' : ''
      this.#versions.set(String(version), `<version ${this.#place}.${i + 1}${late}>`)
    }
    for (const version of fresh) if (version > this.#newest) this.#newest = version
  }

  /** resourceVersions of objects, not of lists: those count what other cases write meanwhile. */
  #collect(value: unknown, versions: Set<bigint>): void {
    if (Array.isArray(value)) for (const one of value) this.#collect(one, versions)
    else if (isFields(value)) {
      const { resourceVersion, uid, generateName, name } = value
      if (typeof resourceVersion === 'string' && number.test(resourceVersion) && uid !== undefined)
        versions.add(BigInt(resourceVersion))
      if (typeof generateName === 'string' && typeof name === 'string' && generateName !== '') {
        if (name.startsWith(generateName) && name.length > generateName.length)
          this.#literals.set(name, `${generateName}<suffix ${this.#place}>`)
      }
      for (const one of Object.values(value)) this.#collect(one, versions)
    }
  }

  #value(value: unknown, field: string): unknown {
    if (typeof value === 'string') {
      const [, payload] = jwt.exec(value) ?? []
      return payload === undefined
        ? this.#string(value, field)
        : this.#value(claimsOf(payload), field)
    }
    if (Array.isArray(value)) {
      const values = value.map((one) => this.#value(one, field))
      return unordered.has(field) ? values.toSorted(byText) : values
    }
    if (!isFields(value)) return value
    const out: Fields = {}
    for (const name of Object.keys(value).sort()) {
      if (name === 'managedFields' && !this.#options.managedFields) continue
      // A list's version counts what other cases write meanwhile.
      const ofList = name === 'resourceVersion' && value['uid'] === undefined
      // Of owners, in managedFields.
      const key = name.startsWith('k:') ? this.#text(name) : name
      const given = name === 'message' ? orderedMessage(value) : value[name]
      out[key] = ofList ? listVersion(given) : this.#value(given, name)
    }
    return out
  }

  #string(value: string, field: string): string {
    if (field === 'resourceVersion' && number.test(value) && value !== '0')
      return this.#versions.get(value) ?? value
    if (field === 'continue' && value !== '') return '<continue>'
    // Ages of objects that were just made.
    if (field === 'cells' && /^\d+s$/.test(value)) return '<age>'
    return this.#text(value)
  }

  #text(value: string): string {
    let text = value.replace(uuid, (id) => {
      const known = this.#uids.get(id) ?? `<uid ${this.#place}.${++this.#uidsHere}>`
      this.#uids.set(id, known)
      return known
    })
    for (const [literal, stands] of this.#literals) text = text.replaceAll(literal, stands)
    for (const [pattern, stands] of versionsInText) text = text.replace(pattern, stands)
    text = text
      .replace(server, '<server>')
      .replace(credential, '<credential>')
      .replace(suffixOfLong, '<long name>')
      .replace(tokenVolume, 'kube-api-access-<suffix>')
    return text.replace(time, (given, fraction?: string) => {
      const isNow = Math.abs(Date.parse(given) - Date.now()) < 2 * day
      return isNow ? (fraction === undefined ? '<time>' : '<micro time>') : given
    })
  }
}
