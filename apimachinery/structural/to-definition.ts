import type { Definition } from '../scheme/definition.ts'
import type { JsonSchema } from './json-schema.ts'

const meta = '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.'

interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** Name of a custom kind among the definitions: `com.example.v1.Widget`. */
export const definitionName = ({ group, version, kind }: GroupVersionKind): string =>
  `${group.split('.').toReversed().join('.')}.${version}.${kind}`

const typeDescriptions = {
  apiVersion:
    'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  kind: 'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
}

const typeMeta = {
  apiVersion: { type: 'string', description: typeDescriptions.apiVersion },
  kind: { type: 'string', description: typeDescriptions.kind },
} as const

/** The definitions of a custom kind and of its list: what is published, and what merges go by. */
export function customDefinitions(
  gvk: GroupVersionKind,
  schema: JsonSchema,
): Record<string, Definition> {
  const name = definitionName(gvk)
  const listKind = { ...gvk, kind: `${gvk.kind}List` }
  const properties = {
    ...(schema.properties as Definition['properties']),
    ...typeMeta,
    metadata: { $ref: `${meta}ObjectMeta` },
  }
  return {
    [name]: {
      ...(schema as Definition),
      type: 'object',
      properties,
      'x-kubernetes-group-version-kind': [gvk],
    },
    [`${name}List`]: {
      type: 'object',
      required: ['items'],
      properties: {
        ...typeMeta,
        items: { type: 'array', items: { $ref: `#/definitions/${name}` } },
        metadata: { $ref: `${meta}ListMeta` },
      },
      'x-kubernetes-group-version-kind': [listKind],
    },
  }
}
