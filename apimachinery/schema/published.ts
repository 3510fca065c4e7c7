import type { GroupVersionKind } from '../meta/group-version.ts'
import type { Definitions, ProtobufField } from '../scheme/definition.ts'
import federation from './federation.json' with { type: 'json' }
import kubernetes from './kubernetes-1.36.json' with { type: 'json' }

/** One served path of a group-version: `deployments` or `deployments/scale`. `kind` is absent for connect-only paths (exec, proxy). */
export interface PublishedResource {
  readonly verbs: readonly string[]
  readonly namespaced: boolean
  readonly kind?: GroupVersionKind
  readonly connect?: boolean
}

/** The messages that JSON flattens into their parent, by definition-like name. */
export type InlinedMessages = Readonly<
  Record<string, { readonly 'x-protobuf': Readonly<Record<string, ProtobufField>> }>
>

/** A published API: group-version (`apps/v1`, `v1`) → path → resource, and the shapes. */
export interface PublishedApi {
  readonly resources: Readonly<Record<string, Readonly<Record<string, PublishedResource>>>>
  readonly definitions: Definitions
}

/** Kubernetes 1.36 as published; parsed once a process by the module loader and shared. */
export const kubernetesApi = kubernetes as unknown as PublishedApi & {
  readonly inlined: InlinedMessages
}

/** The federation's own group. */
export const federationApi = federation as unknown as PublishedApi
