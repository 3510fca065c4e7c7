import { newNotAcceptable } from '#apimachinery/errors/status-error.ts'

/** How objects are to be shown; bodies are always JSON. */
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

/** What the answer may be: errors and writes of reviews are always plain objects. */
export type Offer = 'object' | 'list'

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

function mediaOf(clause: Clause, offer: Offer): Media | undefined {
  if (!jsonTypes.has(clause.type)) return undefined
  const as = clause.parameters.get('as')
  if (as === undefined) return plainMedia
  const version = clause.parameters.get('v')
  if (clause.parameters.get('g') !== 'meta.k8s.io') return undefined
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  if (as === 'Table') return { as, version }
  const partial = offer === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata'
  return as === partial ? { as, version } : undefined
}

/** Answers repeat a handful of headers; the cache is bounded by forgetting everything. */
const remembered = new Map<string, Media | undefined>()
const maxRemembered = 200

/** The first clause that can be served; throws 406 when none can. Absent means JSON. */
export function negotiate(accept: string | undefined, offer: Offer): Media {
  if (accept === undefined || accept === '' || accept === '*/*') return plainMedia
  const key = `${offer} ${accept}`
  let media = remembered.get(key)
  if (media === undefined && !remembered.has(key)) {
    for (const clause of parseAccept(accept)) {
      media = mediaOf(clause, offer)
      if (media !== undefined) break
    }
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(key, media)
  }
  if (media === undefined) {
    throw newNotAcceptable('only the following media types are accepted: application/json')
  }
  return media
}
