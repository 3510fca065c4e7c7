import { newNotAcceptable, newStatusError } from '#apimachinery/errors/status-error.ts'

/** How objects are to be shown; `encodingsOf` says in which notation. */
export interface Media {
  readonly as: 'Object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  /** Version of meta.k8s.io for Table and PartialObjectMetadata; '' for objects. */
  readonly version: '' | 'v1' | 'v1beta1'
}

interface Clause {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly quality: number
}

/** What the answer may be; reviews have no columns to be shown in, documents and failures no other form at all. */
export type Offer = 'object' | 'list' | 'watch' | 'review' | 'document'

export const plainMedia: Media = { as: 'Object', version: '' }

/** Parses an Accept header into its clauses, the preferred first. */
export function parseAccept(header: string): Clause[] {
  return header
    .split(',')
    .map((text): Clause => {
      const [type = '', ...rest] = text.split(';').map((s) => s.trim())
      const parameters = new Map<string, string>()
      for (const pair of rest) {
        const equals = pair.indexOf('=')
        if (equals > 0) parameters.set(pair.slice(0, equals), pair.slice(equals + 1))
      }
      const quality = Number(parameters.get('q') ?? '1')
      return { type, parameters, quality: Number.isNaN(quality) ? 0 : quality }
    })
    .filter((clause) => clause.type !== '' && clause.quality > 0)
    .sort((a, b) => b.quality - a.quality)
}

const jsonTypes = new Set(['application/json', 'application/*', '*/*', '*'])

export type Encoding = 'json' | 'yaml' | 'protobuf'

export const protobufType = 'application/vnd.kubernetes.protobuf'

function encodingOfClause({ type }: Clause): Encoding | undefined {
  if (jsonTypes.has(type)) return 'json'
  if (type === protobufType) return 'protobuf'
  return type === 'application/yaml' ? 'yaml' : undefined
}

function mediaOf(clause: Clause, offer: Offer): Media | undefined {
  const { parameters } = clause
  const encoding = encodingOfClause(clause)
  if (encoding === undefined) return undefined
  const stream = parameters.get('stream') ?? ''
  if (stream !== '' && (stream !== 'watch' || encoding === 'yaml')) return undefined
  const as = parameters.get('as')
  const version = parameters.get('v')
  if (as === undefined && version === undefined && !parameters.has('g')) return plainMedia
  if (offer === 'document' || parameters.get('g') !== 'meta.k8s.io') return undefined
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  if (as === 'Table')
    return offer === 'review' || encoding === 'protobuf' ? undefined : { as, version }
  if (as === 'PartialObjectMetadata') return { as, version }
  return as === 'PartialObjectMetadataList' && offer !== 'watch' ? { as, version } : undefined
}

const ofObjects = ['application/json', 'application/yaml', protobufType]
const ofStreams = ['application/json;stream=watch', `${protobufType};stream=watch`]

const notAcceptable = (offer: Offer): Error =>
  newNotAcceptable(
    `only the following media types are accepted: ${(offer === 'watch' ? ofStreams : ofObjects).join(', ')}`,
  )

const noRepresentation = (types: readonly string[]): Error =>
  newStatusError({
    code: 406,
    reason: 'NotAcceptable',
    message: `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`,
    details: {},
  })

/**
 * Throws 406 for who takes nothing of what a path has: paths of built-in kinds are chosen by the types' names alone (go-restful), before
 * anybody is asked in which form.
 */
export function mustAccept(accept: string | undefined, types: readonly string[]): void {
  if (accept === undefined || accept === '') return
  const asked = accept.split(',').map((text) => text.split(';', 1)[0]?.trim() ?? '')
  if (asked.some((type) => type === '*/*' || types.includes(type))) return
  throw noRepresentation(types)
}

/** The types that the path of a built-in kind has. */
export const typesOf = (offer: Offer): readonly string[] =>
  offer === 'list' || offer === 'watch' ? [...ofObjects, ...ofStreams] : ofObjects

/** Answers repeat a handful of headers; the caches are bounded by forgetting everything. */
function remembering<T>(compute: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined || known.has(key)) return found as T
    if (known.size >= maxRemembered) known.clear()
    const made = compute(key)
    known.set(key, made)
    return made
  }
}

const maxRemembered = 200

const firstMedia = (accept: string, offer: Offer): Media | undefined => {
  for (const clause of parseAccept(accept)) {
    // It is what the client likes best, and there are no streams of it.
    if (offer === 'watch' && encodingOfClause(clause) === 'yaml') return undefined
    const media = mediaOf(clause, offer)
    if (media !== undefined) return media
  }
  return undefined
}

const mediaFor: Readonly<Record<Offer, (accept: string) => Media | undefined>> = {
  object: remembering((accept) => firstMedia(accept, 'object')),
  list: remembering((accept) => firstMedia(accept, 'list')),
  watch: remembering((accept) => firstMedia(accept, 'watch')),
  review: remembering((accept) => firstMedia(accept, 'review')),
  document: remembering((accept) => firstMedia(accept, 'document')),
}

/** The first clause that can be served; throws 406 when none can. Absent means JSON. */
export function negotiate(accept: string | undefined, offer: Offer): Media {
  if (accept === undefined || accept === '' || accept === '*/*') return plainMedia
  const media = mediaFor[offer](accept)
  if (media === undefined) throw notAcceptable(offer)
  return media
}

/** Throws 406 for who takes nothing but protobuf of a kind that has none in it; tables and metadata have. */
export function mustTakeText(accept: string | undefined, offer: Offer): void {
  if (accept === undefined || !accept.includes(protobufType)) return
  const [encoding, ...others] = encodingsOf(accept)
  if (encoding !== 'protobuf' || others.length > 0) return
  if (mediaFor[offer](accept)?.as === 'Object') throw notAcceptable(offer)
}

const encodingsFor = (offer: Offer) =>
  remembering((accept: string): readonly Encoding[] => {
    const clauses = parseAccept(accept).filter((clause) => mediaOf(clause, offer) !== undefined)
    return [...new Set(clauses.flatMap((clause) => encodingOfClause(clause) ?? []))]
  })

const ofAnything = encodingsFor('list')
const ofDocuments = encodingsFor('document')

const jsonOnly: readonly Encoding[] = ['json']

/** The notations that a client takes of an object, or of a document or failure, the preferred first; JSON for those who take nothing that is served. */
export function encodingsOf(accept: string | undefined, offer?: 'document'): readonly Encoding[] {
  if (accept === undefined || accept === 'application/json' || accept === '') return jsonOnly
  const encodings = offer === 'document' ? ofDocuments(accept) : ofAnything(accept)
  return encodings.length === 0 ? jsonOnly : encodings
}
