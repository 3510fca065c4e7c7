import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ResourceInfo } from '#apimachinery/scheme/scheme.ts'
import type { RequestUser } from './strategy.ts'

/** One write on its way in. `object` is absent on DELETE, `old` on CREATE. */
export interface AdmissionAttributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE'
  /** The request's verb, for which its sender was authorised: `update` when a PUT creates. */
  readonly verb: string
  readonly resource: ResourceInfo
  /** Of a kind that a CustomResourceDefinition defines. */
  readonly isCustom?: boolean
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly user: RequestUser
  readonly dryRun: boolean
  readonly object?: ApiObject
  readonly old?: Readonly<ApiObject>
  /** Adds a Warning header to the answer. */
  readonly warn: (text: string) => void
}

/** `admit` may change `object`; `validate` may only refuse, by throwing StatusError. */
export interface AdmissionPlugin {
  readonly name: string
  /** Writes that are none of its business need not wait for it; absent: all are. */
  readonly concerns?: (attributes: AdmissionAttributes) => boolean
  readonly admit?: (attributes: AdmissionAttributes) => void | Promise<void>
  readonly validate?: (attributes: AdmissionAttributes) => void | Promise<void>
}
