/** One node of the published OpenAPI schema, with the extensions that patches, apply and protobuf need. */
export interface Definition {
  readonly $ref?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly format?: string
  readonly properties?: Readonly<Record<string, Definition>>
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly items?: Definition
  readonly additionalProperties?: Definition
  readonly 'x-kubernetes-patch-strategy'?: string
  readonly 'x-kubernetes-patch-merge-key'?: string
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    group: string
    version: string
    kind: string
  }[]
  readonly 'x-protobuf'?: Readonly<Record<string, ProtobufField>>
}

/** Field number → this: how the Go type is written on the protobuf wire. */
export interface ProtobufField {
  readonly name: string
  readonly wire: string
  readonly go: string
  readonly omitempty?: boolean
  readonly pointer?: boolean
  /** Name of the message whose fields JSON has in the parent; such an entry has no name. */
  readonly inline?: string
}

/** Definitions by name (`io.k8s.api.apps.v1.Deployment`); `$ref` is `#/definitions/NAME`. */
export type Definitions = Readonly<Record<string, Definition>>
