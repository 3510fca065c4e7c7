export { openapiV2 } from './openapi/v2.ts'
export { openapiV3, openapiV3Hash, openapiV3Index, openapiV3Path } from './openapi/v3.ts'
export type { OpenapiOptions } from './openapi/shapes.ts'
