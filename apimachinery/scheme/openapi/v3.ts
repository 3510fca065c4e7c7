import { createHash } from 'node:crypto'
import type { JsonObject } from '../../meta/object-meta.ts'
import type { Definition, Definitions } from '../definition.ts'
import type { Scheme } from '../scheme.ts'
import { described, type Descriptions } from './descriptions.ts'
import { type Operation, operationsOf, queryTypes } from './operations.ts'
import {
  byPath,
  info,
  type OpenapiOptions,
  pathParameters,
  reachable,
  securityScheme,
  tagOf,
} from './shapes.ts'

/** What `/openapi/v3` answers: a link for every group-version, with the hash of its document. */
export interface OpenapiV3Index {
  paths: Record<string, { serverRelativeURL: string }>
}

/** `api/v1`, `apis/apps/v1`: the key in the index and the path behind `/openapi/v3/`. */
export const openapiV3Path = ({ group, version }: { group: string; version: string }): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`

/** Upper-case SHA-512 of a document's JSON: the `hash` parameter of its URL, and its ETag. */
export const openapiV3Hash = (json: string): string =>
  createHash('sha512').update(json).digest('hex').toUpperCase()

/** Builds every document for its hash: about 60 ms for the whole API; keep the answer, it changes only with the scheme. */
export function openapiV3Index(scheme: Scheme, options: OpenapiOptions = {}): OpenapiV3Index {
  const paths: OpenapiV3Index['paths'] = {}
  for (const gv of scheme.groupVersions()) {
    const path = openapiV3Path(gv)
    const hash = openapiV3Hash(JSON.stringify(openapiV3(scheme, gv, options)))
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }
  }
  return { paths }
}

/** The OpenAPI 3.0 document of one group-version; up to 10 ms (core). Must not be changed: it shares parts with the scheme. */
export function openapiV3(
  scheme: Scheme,
  gv: { group: string; version: string },
  options: OpenapiOptions = {},
): JsonObject {
  const { version = 'unversioned', descriptions = {} } = options
  const operations = scheme.resources
    .filter((r) => r.group === gv.group && r.version === gv.version)
    .flatMap((resource) => operationsOf(scheme, resource))
  const paths: JsonObject = {}
  for (const [path, here] of [...byPath(operations)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const item: JsonObject = {}
    for (const operation of here) item[operation.method] = render(operation)
    const parameters = pathParameters(path).map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', uniqueItems: true },
    }))
    if (parameters.length > 0) item['parameters'] = parameters
    paths[path] = item
  }
  const names = reachable(scheme.definitions, operations)
  return {
    openapi: '3.0.0',
    info: info(version),
    paths,
    components: {
      schemas: schemasOf(scheme.definitions, names, descriptions),
      securitySchemes: { BearerToken: securityScheme },
    },
  }
}

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` })

function render(o: Operation): JsonObject {
  const answer = { 'application/json': { schema: ref(o.answer) } }
  return {
    tags: [tagOf(o.path)],
    operationId: o.id,
    parameters: o.query.map((name) => ({
      name,
      in: 'query',
      schema: { type: queryTypes[name] ?? 'string', uniqueItems: true },
    })),
    ...(o.body === undefined ? {} : { requestBody: requestBody(o.body, o.consumes) }),
    responses: {
      ...Object.fromEntries(
        o.codes.map((code) => [code, { description: reasons[code], content: answer }]),
      ),
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': o.action,
    'x-kubernetes-group-version-kind': o.gvk,
  }
}

const requestBody = (body: string, types: readonly string[]): JsonObject => ({
  content: Object.fromEntries(types.map((type) => [type, { schema: ref(body) }])),
})

const reasons: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' }

const schemasOf = (
  definitions: Definitions,
  names: readonly string[],
  descriptions: Descriptions,
): JsonObject =>
  Object.fromEntries(
    names.map((name) => {
      const texts = descriptions[name]
      const { description } = texts ?? {}
      const own = special[name]
      if (own === undefined) return [name, schema(described(definitions[name] ?? {}, texts))]
      return [name, { ...(description === undefined ? {} : { description }), ...own }]
    }),
  )

/** Types that OpenAPI 2 can only call strings. */
const special: Readonly<Record<string, JsonObject>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': {
    oneOf: [{ type: 'string' }, { type: 'number' }],
  },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
}

/** In OpenAPI 3.0 a `$ref` has no siblings: they move beside an `allOf`. */
function schema(shape: Definition): JsonObject {
  const { 'x-protobuf': _, $ref, properties, items, additionalProperties, ...rest } = shape
  if ($ref !== undefined) {
    const target = ref($ref.slice('#/definitions/'.length))
    return Object.keys(rest).length === 0 ? target : { ...rest, allOf: [target] }
  }
  const made: JsonObject = rest
  if (items !== undefined) made['items'] = schema(items)
  if (additionalProperties !== undefined) {
    made['additionalProperties'] = schema(additionalProperties)
  }
  if (properties !== undefined) {
    made['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, schema(property)]),
    )
  }
  return made
}
