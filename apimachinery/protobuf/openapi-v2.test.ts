import protobuf from 'protobufjs'
import { describe, expect, test } from 'vitest'
import { openapiV2 } from '../scheme/openapi.ts'
import { Scheme } from '../scheme/scheme.ts'
import { encodeOpenapiV2 } from './openapi-v2.ts'

/** The part of gnostic's openapi.v2 messages that is looked at here, read by another implementation of protobuf. */
const { root } = protobuf.parse(`syntax = "proto3";
message Any { string yaml = 2; }
message NamedAny { string name = 1; Any value = 2; }
message Schema { string _ref = 1; string format = 2; repeated string required = 19; Additional additional_properties = 21;
  TypeItem type = 22; ItemsItem items = 23; Properties properties = 25; repeated NamedAny vendor_extension = 31; }
message Additional { Schema schema = 1; }
message TypeItem { repeated string value = 1; }
message ItemsItem { repeated Schema schema = 1; }
message NamedSchema { string name = 1; Schema value = 2; }
message Properties { repeated NamedSchema additional_properties = 1; }
message Body { string name = 2; string in = 3; bool required = 4; Schema schema = 5; }
message Query { string in = 2; string name = 4; string type = 6; bool unique_items = 20; }
message PathParameter { bool required = 1; string in = 2; string name = 4; string type = 5; }
message NonBody { Query query = 3; PathParameter path = 4; }
message Parameter { Body body = 1; NonBody non_body = 2; }
message ParametersItem { Parameter parameter = 1; }
message SchemaItem { Schema schema = 1; }
message Response { string description = 1; SchemaItem schema = 2; }
message ResponseValue { Response response = 1; }
message NamedResponse { string name = 1; ResponseValue value = 2; }
message Responses { repeated NamedResponse response_code = 1; }
message Operation { string operation_id = 5; repeated string produces = 6; repeated string consumes = 7;
  repeated ParametersItem parameters = 8; Responses responses = 9; repeated NamedAny vendor_extension = 13; }
message PathItem { Operation get = 2; Operation put = 3; Operation post = 4; Operation delete = 5; Operation patch = 8;
  repeated ParametersItem parameters = 9; }
message NamedPathItem { string name = 1; PathItem value = 2; }
message Paths { repeated NamedPathItem path = 2; }
message Info { string title = 1; string version = 2; }
message Definitions { repeated NamedSchema additional_properties = 1; }
message Document { string swagger = 1; Info info = 2; Paths paths = 8; Definitions definitions = 9; }`)

const scheme = new Scheme()
const swagger = openapiV2(scheme, { version: 'v1.36.0' })
const document = root.lookupType('Document').decode(encodeOpenapiV2(swagger)).toJSON() as {
  swagger: string
  info: unknown
  paths: { path: { name: string; value: Record<string, unknown> }[] }
  definitions: { additionalProperties: { name: string; value: Record<string, unknown> }[] }
}
const definition = (name: string) =>
  document.definitions.additionalProperties.find((d) => d.name === name)?.value
const path = (name: string) => document.paths.path.find((p) => p.name === name)?.value
const yaml = (name: string, value: unknown) => ({ name, value: { yaml: JSON.stringify(value) } })

describe('encodeOpenapiV2', () => {
  test('has all paths and definitions', () => {
    const { paths, definitions } = swagger as { paths: object; definitions: object }
    expect(document.swagger).toBe('2.0')
    expect(document.info).toEqual({ title: 'Kubernetes', version: 'v1.36.0' })
    expect(document.paths.path.map((p) => p.name)).toEqual(Object.keys(paths))
    expect(document.definitions.additionalProperties.map((d) => d.name)).toEqual(
      Object.keys(definitions),
    )
  })

  test('has a definition with its extensions', () => {
    expect(definition('io.k8s.api.core.v1.ServiceAccount')).toEqual({
      type: { value: ['object'] },
      properties: {
        additionalProperties: expect.arrayContaining([
          { name: 'apiVersion', value: { type: { value: ['string'] } } },
          {
            name: 'secrets',
            value: {
              type: { value: ['array'] },
              items: { schema: [{ _ref: '#/definitions/io.k8s.api.core.v1.ObjectReference' }] },
              vendorExtension: [
                yaml('x-kubernetes-list-map-keys', ['name']),
                yaml('x-kubernetes-list-type', 'map'),
                yaml('x-kubernetes-patch-merge-key', 'name'),
                yaml('x-kubernetes-patch-strategy', 'merge'),
              ],
            },
          },
        ]) as unknown,
      },
      vendorExtension: [
        yaml('x-kubernetes-group-version-kind', [
          { group: '', kind: 'ServiceAccount', version: 'v1' },
        ]),
      ],
    })
    expect(definition('io.k8s.api.core.v1.ConfigMap')).toMatchObject({
      properties: {
        additionalProperties: expect.arrayContaining([
          {
            name: 'data',
            value: {
              type: { value: ['object'] },
              additionalProperties: { schema: { type: { value: ['string'] } } },
            },
          },
        ]) as unknown,
      },
    })
  })

  test('has an operation with parameters, answers and extensions', () => {
    const item = path('/apis/apps/v1/namespaces/{namespace}/deployments/{name}')
    expect(item?.['parameters']).toEqual(
      ['namespace', 'name'].map((name) => ({
        parameter: { nonBody: { path: { name, in: 'path', required: true, type: 'string' } } },
      })),
    )
    expect(item?.['patch']).toMatchObject({
      operationId: 'patchAppsV1NamespacedDeployment',
      parameters: [
        {
          parameter: {
            body: {
              name: 'body',
              in: 'body',
              required: true,
              schema: { _ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Patch' },
            },
          },
        },
        ...['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
          parameter: {
            nonBody: { query: { name, in: 'query', type: 'string', uniqueItems: true } },
          },
        })),
        { parameter: { nonBody: { query: { name: 'force', type: 'boolean' } } } },
      ],
      vendorExtension: [
        yaml('x-kubernetes-action', 'patch'),
        yaml('x-kubernetes-group-version-kind', {
          group: 'apps',
          version: 'v1',
          kind: 'Deployment',
        }),
      ],
    })
  })
})
