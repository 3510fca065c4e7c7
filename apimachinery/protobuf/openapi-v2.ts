import { each, flag, message, named, text, type Write, wrapped } from './writer.ts'

// The messages of gnostic's openapi.v2 package, as far as Kubernetes' documents use them: name → [field number, writer].

const schema: Write = message(
  () => ({
    $ref: [1, text],
    format: [2, text],
    title: [3, text],
    description: [4, text],
    required: [19, each(text)],
    // Any {yaml = 2}
    enum: [20, each(wrapped(2, text))],
    additionalProperties: [21, wrapped(1, schema)],
    type: [22, wrapped(1, text)],
    items: [23, wrapped(1, schema)],
    properties: [25, wrapped(1, named(schema))],
  }),
  31,
)

const bodyParameter = message(
  () => ({
    description: [1, text],
    name: [2, text],
    in: [3, text],
    required: [4, flag],
    schema: [5, schema],
  }),
  6,
)

const queryParameter = message(() => ({
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [6, text],
  uniqueItems: [20, flag],
}))

const pathParameter = message(() => ({
  required: [1, flag],
  in: [2, text],
  description: [3, text],
  name: [4, text],
  type: [5, text],
  uniqueItems: [19, flag],
}))

/** ParametersItem {parameter = 1 {body = 1 | nonBody = 2 {query = 3 | path = 4}}}. */
const parameter: Write = wrapped(1, (number, value, out) => {
  const place = typeof value === 'object' && value !== null && 'in' in value ? value.in : ''
  if (place === 'body') wrapped(1, bodyParameter)(number, value, out)
  else if (place === 'path') wrapped(2, wrapped(4, pathParameter))(number, value, out)
  else wrapped(2, wrapped(3, queryParameter))(number, value, out)
})

const response = message(() => ({ description: [1, text], schema: [2, wrapped(1, schema)] }), 5)

const operation = message(
  () => ({
    tags: [1, each(text)],
    summary: [2, text],
    description: [3, text],
    operationId: [5, text],
    produces: [6, each(text)],
    consumes: [7, each(text)],
    parameters: [8, each(parameter)],
    responses: [9, wrapped(1, named(wrapped(1, response)))],
    schemes: [10, each(text)],
  }),
  13,
)

const pathItem = message(
  () => ({
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    patch: [8, operation],
    parameters: [9, each(parameter)],
  }),
  10,
)

const apiKey = message(
  () => ({ type: [1, text], name: [2, text], in: [3, text], description: [4, text] }),
  5,
)

const stringArray = wrapped(1, each(text))

const document = message(
  () => ({
    swagger: [1, text],
    info: [2, message(() => ({ title: [1, text], version: [2, text], description: [3, text] }))],
    paths: [8, wrapped(2, named(pathItem))],
    definitions: [9, wrapped(1, named(schema))],
    security: [12, each(wrapped(1, named(stringArray)))],
    securityDefinitions: [13, wrapped(1, named(wrapped(2, apiKey)))],
  }),
  16,
)

/**
 * A Swagger 2.0 document as gnostic's openapi.v2.Document, the only form in which kubectl asks for /openapi/v2. About 0.2 s of CPU for
 * the whole API: not for the event loop of a busy server.
 */
export function encodeOpenapiV2(swagger: object): Buffer {
  const out: Buffer[] = []
  document(1, swagger, out)
  // The writer of a message puts tag and length before its content.
  return out[2] ?? Buffer.alloc(0)
}
