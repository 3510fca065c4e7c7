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

/** What the answer may be; reviews have no columns to be shown in. */
export type Offer = 'object' | 'list' | 'watch' | 'review'

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

const jsonTypes = new Set(['application/json', 'application/*', '*/*'])

export type Encoding = 'json' | 'yaml' | 'protobuf'

export const protobufType = 'application/vnd.kubernetes.protobuf'

function encodingOfClause({ type }: Clause): Encoding | undefined {
  if (jsonTypes.has(type)) return 'json'
  if (type === protobufType) return 'protobuf'
  return type === 'application/yaml' ? 'yaml' : undefined
}

function mediaOf(clause: Clause, offer: Offer): Media | undefined {
  const encoding = encodingOfClause(clause)
  if (encoding === undefined) return undefined
  const as = clause.parameters.get('as')
  const version = clause.parameters.get('v')
  // A version or group of no kind is one that nothing is shown as.
  if (as === undefined) {
    return version === undefined && !clause.parameters.has('g') ? plainMedia : undefined
  }
  if (clause.parameters.get('g') !== 'meta.k8s.io') return undefined
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  if (as === 'Table')
    return offer === 'review' || encoding === 'protobuf' ? undefined : { as, version }
  if (as === 'PartialObjectMetadata') return { as, version }
  return as === 'PartialObjectMetadataList' && offer !== 'watch' ? { as, version } : undefined
}

const ofObjects = ['application/json', 'application/yaml', protobufType]
const ofStreams = ['application/json;stream=watch', `${protobufType};stream=watch`]

/** What the path has at all; a client that takes nothing of it is refused before it is asked what it wants. */
function notAcceptable(accept: string, offer: Offer): Error {
  const asked = accept.split(',').map((text) => text.split(';', 1)[0]?.trim() ?? '')
  const types = offer === 'object' || offer === 'review' ? ofObjects : [...ofObjects, ...ofStreams]
  if (asked.some((type) => type === '*/*' || ofObjects.includes(type))) {
    const accepted = (offer === 'watch' ? ofStreams : ofObjects).join(', ')
    return newNotAcceptable(`only the following media types are accepted: ${accepted}`)
  }
  return noRepresentation(types)
}

const noRepresentation = (types: readonly string[]): Error =>
  newStatusError({
    code: 406,
    reason: 'NotAcceptable',
    message: `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`,
    details: {},
  })

/** Throws 406 for who does not take the one media type that a path has. */
export function mustAccept(accept: string | undefined, type: string): void {
  const taken = ['*/*', `${type.split('/', 1)[0]}/*`, type]
  if (accept === undefined || parseAccept(accept).some((clause) => taken.includes(clause.type)))
    return
  throw noRepresentation([type])
}

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
}

/** The first clause that can be served; throws 406 when none can. Absent means JSON. */
export function negotiate(accept: string | undefined, offer: Offer): Media {
  if (accept === undefined || accept === '' || accept === '*/*') return plainMedia
  const media = mediaFor[offer](accept)
  if (media === undefined) throw notAcceptable(accept, offer)
  return media
}

/** Throws 406 for who takes nothing but protobuf of a kind that has none in it; tables and metadata have. */
export function mustTakeText(accept: string | undefined, offer: Offer): void {
  if (accept === undefined || !accept.includes(protobufType)) return
  const [encoding, ...others] = encodingsOf(accept)
  if (encoding !== 'protobuf' || others.length > 0) return
  if (mediaFor[offer](accept)?.as === 'Object') throw notAcceptable(accept, offer)
}

const encodingsFor = remembering((accept: string): readonly Encoding[] => {
  const encodings = parseAccept(accept).flatMap((clause) => encodingOfClause(clause) ?? [])
  return [...new Set(encodings)]
})

const jsonOnly: readonly Encoding[] = ['json']

/** The notations that a client takes of an object or a failure, the preferred first; JSON for those who take nothing that is served. */
export function encodingsOf(accept: string | undefined): readonly Encoding[] {
  if (accept === undefined || accept === 'application/json' || accept === '') return jsonOnly
  const encodings = encodingsFor(accept)
  return encodings.length === 0 ? jsonOnly : encodings
}
