import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { isKnownFormat } from '#apimachinery/structural/formats.ts'
import type { JsonSchema } from '#apimachinery/structural/json-schema.ts'
import { specOf } from '../apiextensions/definition.ts'

/** Formats that nobody knows, in the order of the schema; each as often as it is there. */
function unknownFormats(schema: JsonSchema): string[] {
  const { format = '', type = '', items, properties = {}, additionalProperties } = schema
  const { allOf = [], anyOf = [], oneOf = [], not } = schema
  const within = [items, ...allOf, ...anyOf, ...oneOf, not, ...Object.values(properties)]
  if (typeof additionalProperties === 'object') within.push(additionalProperties)
  return [
    ...(format === '' || isKnownFormat(format, type) ? [] : [format]),
    ...within.flatMap((one) => (one === undefined ? [] : unknownFormats(one))),
  ]
}

const formatsOf = (definition: Readonly<ApiObject>): string[] =>
  specOf(definition).versions.flatMap(({ schema }) =>
    schema?.openAPIV3Schema === undefined ? [] : unknownFormats(schema.openAPIV3Schema),
  )

/** Of a CustomResourceDefinition: formats without a meaning, when they are new. */
export function definitionWarnings(
  definition: Readonly<ApiObject>,
  old?: Readonly<ApiObject>,
): string[] {
  const known = new Set(old === undefined ? [] : formatsOf(old))
  return formatsOf(definition)
    .filter((format) => !known.has(format))
    .map((format) => `unrecognized format ${JSON.stringify(format)}`)
}
