import type { ResourceInfo, Scheme } from '#apimachinery/scheme/scheme.ts'
import type { Conversion } from '../registry/conversion/conversion.ts'
import type { ScalePaths } from '../registry/scale.ts'
import type { Store } from '../registry/store.ts'
import type { Admission } from '../admission/chain.ts'
import type { Representation } from './representation.ts'
import type { TableMaker } from './transform.ts'

/** One stored resource in one version, with what its handlers need. */
export interface ServedResource {
  readonly info: ResourceInfo
  readonly store: Store
  readonly scheme: Scheme
  readonly representation: Representation
  readonly conversion?: Conversion
  readonly admission: Admission
  readonly table: TableMaker
  /** Of a custom resource that can be scaled. */
  readonly scale?: ScalePaths
  /** Of its Scale, where that has other columns than a built-in kind's. */
  readonly scaleTable?: TableMaker
  /** Said in a Warning header of every answer. */
  readonly deprecation?: string
  /** Said in a Warning header when an object is created. */
  readonly createWarning?: string
  /** Said in a Warning header to who finds no object, by list or by name. */
  readonly absenceWarning?: () => Promise<string>
}
