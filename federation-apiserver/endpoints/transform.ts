import { newNotAcceptable } from '#apimachinery/errors/status-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ResourceInfo } from '#apimachinery/scheme/scheme.ts'
import type { ListMeta } from './representation.ts'
import type { Media } from './negotiation.ts'
import { partialMetadata } from './partial-metadata.ts'

export interface TableOptions {
  /** `None`, `Metadata` (the default) or `Object`: what each row carries of its object. */
  readonly includeObject: 'None' | 'Metadata' | 'Object'
  /** apiVersion of the Table: meta.k8s.io/v1 or v1beta1. */
  readonly version: 'v1' | 'v1beta1'
  readonly metadata?: ListMeta
  /** Later events of a watch repeat no columns. */
  readonly withoutColumns?: boolean
}

/** What is shown: a resource, or a view of one that is of another kind. */
export type Shown = Pick<ResourceInfo, 'group' | 'resource' | 'kind'> & {
  readonly hub: { readonly group: string }
}

/** Objects are whole, of the resource's own version. */
export type TableMaker = (
  resource: Shown,
  objects: readonly ApiObject[],
  options: TableOptions,
) => object

/** 406 for one object where a list was asked for, or the other way round; the original names its own type. */
function notOfForm(info: Shown, requested: Media['as'], isList: boolean): Error {
  const type = `*${(info.hub.group || 'core').split('.', 1)[0]}.${info.kind}${isList ? 'List' : ''}`
  const is = isList ? 'is a list' : 'is not a list'
  return newNotAcceptable(`you requested ${requested}, but the requested object ${is} (${type})`)
}

export interface Transformation {
  readonly media: Media
  readonly info: Shown
  readonly table: TableMaker
  readonly includeObject: TableOptions['includeObject']
}

/** One object as Table or PartialObjectMetadata. */
export function transformObject(
  { media, info, table, includeObject }: Transformation,
  object: ApiObject,
  options: { withoutColumns?: boolean } = {},
): object {
  const version = media.version === '' ? 'v1' : media.version
  if (media.as === 'PartialObjectMetadataList') throw notOfForm(info, media.as, false)
  if (media.as !== 'Table') return partialMetadata(object, version)
  const { resourceVersion = '' } = object.metadata
  return table(info, [object], {
    includeObject,
    version,
    metadata: { resourceVersion },
    ...options,
  })
}

/** A list as Table or PartialObjectMetadataList. */
export function transformList(
  { media, info, table, includeObject }: Transformation,
  objects: readonly ApiObject[],
  metadata: ListMeta,
): object {
  const version = media.version === '' ? 'v1' : media.version
  if (media.as === 'PartialObjectMetadata') throw notOfForm(info, media.as, true)
  if (media.as === 'Table') return table(info, objects, { includeObject, version, metadata })
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    items: objects.map((object) => partialMetadata(object, version)),
  }
}
