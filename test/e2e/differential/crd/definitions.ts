import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Area, Case, Request } from '../area.ts'
import { costs } from './costs.ts'
import { randomRules } from './random-rules.ts'
import { expressions, fields, formats, schemas as ruleSchemas } from './rules.ts'

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A definition of widgets in a group; one version unless said otherwise. */
export const definition = (
  group: string,
  schema: JsonObject,
  more: { version?: JsonObject; spec?: JsonObject; metadata?: JsonObject } = {},
): JsonObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}`, ...more.metadata },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', ...schema } },
        ...more.version,
      },
    ],
    ...more.spec,
  },
})

const post = (body: unknown): Request => ({
  method: 'POST',
  path,
  query: { dryRun: 'All' },
  body,
})

const group = 'definitions.example.test'
const withSpec = (spec: unknown): JsonObject => ({ properties: { spec } })

/** One field's schema each; most are refused. */
const schemas: Readonly<Record<string, JsonObject>> = {
  'plain fields': withSpec({
    type: 'object',
    properties: {
      a: { type: 'string', minLength: 1, maxLength: 5, pattern: '^a+$' },
      b: { type: 'integer', minimum: 0, maximum: 9, format: 'int32' },
      c: { type: 'array', items: { type: 'string' } },
      d: { type: 'object', additionalProperties: { type: 'number' } },
      e: { 'x-kubernetes-int-or-string': true },
      f: { type: 'boolean', default: true },
    },
  }),
  'no type': withSpec({}),
  'a type that is none': withSpec({ type: 'thing' }),
  'array without items': withSpec({ type: 'array' }),
  'items without type': withSpec({ type: 'array', items: {} }),
  'properties beside additionalProperties': withSpec({
    type: 'object',
    properties: { a: { type: 'string' } },
    additionalProperties: { type: 'string' },
  }),
  'additionalProperties at the root': { additionalProperties: { type: 'string' } },
  'a type within anyOf': withSpec({ type: 'object', anyOf: [{ type: 'object' }] }),
  'a field within oneOf only': withSpec({
    type: 'object',
    oneOf: [{ properties: { a: { minLength: 1 } } }],
  }),
  'required within anyOf': withSpec({
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    anyOf: [{ required: ['a'] }, { required: ['b'] }],
  }),
  'a default of a wrong type': withSpec({ type: 'integer', default: 'x' }),
  'a default with unknown fields': withSpec({
    type: 'object',
    properties: { a: { type: 'string' } },
    default: { b: 1 },
  }),
  'preserve-unknown-fields false': withSpec({
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': false,
  }),
  'int-or-string and preserve': withSpec({
    'x-kubernetes-int-or-string': true,
    'x-kubernetes-preserve-unknown-fields': true,
  }),
  'embedded without properties': withSpec({
    type: 'object',
    'x-kubernetes-embedded-resource': true,
  }),
  'embedded string': withSpec({ type: 'string', 'x-kubernetes-embedded-resource': true }),
  uniqueItems: withSpec({ type: 'array', uniqueItems: true, items: { type: 'string' } }),
  'a set of objects': withSpec({
    type: 'array',
    'x-kubernetes-list-type': 'set',
    items: { type: 'object' },
  }),
  'a list type that is none': withSpec({
    type: 'array',
    'x-kubernetes-list-type': 'heap',
    items: { type: 'string' },
  }),
  'a list type of an object': withSpec({ type: 'object', 'x-kubernetes-list-type': 'map' }),
  'a map without keys': withSpec({
    type: 'array',
    'x-kubernetes-list-type': 'map',
    items: { type: 'object' },
  }),
  'keys that are no fields': withSpec({
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['a'],
    items: { type: 'object' },
  }),
  'keys that may be absent': withSpec({
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['a'],
    items: { type: 'object', properties: { a: { type: 'string' } } },
  }),
  'keys without map': withSpec({
    type: 'array',
    'x-kubernetes-list-map-keys': ['a'],
    items: { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
  }),
  'a map type of a list': withSpec({
    type: 'array',
    'x-kubernetes-map-type': 'atomic',
    items: { type: 'string' },
  }),
  'a pattern that is none': withSpec({ type: 'string', pattern: '(' }),
  'nullable at the root': { nullable: true },
  'metadata with more than a name': {
    properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
  },
  'metadata with a name': {
    properties: {
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } },
    },
  },
  'a string at the root': { type: 'string' },
  rules: withSpec({
    type: 'object',
    properties: { a: { type: 'integer' } },
    'x-kubernetes-validations': [{ rule: 'self.a > 0', message: 'positive' }],
  }),
  'an empty rule': withSpec({ type: 'object', 'x-kubernetes-validations': [{ rule: ' ' }] }),
  'a rule of lines without message': withSpec({
    type: 'object',
    'x-kubernetes-validations': [{ rule: 'true &&\ntrue' }],
  }),
  'a message of lines': withSpec({
    type: 'object',
    'x-kubernetes-validations': [{ rule: 'true', message: 'a\nb' }],
  }),
  'a reason that is none': withSpec({
    type: 'object',
    'x-kubernetes-validations': [{ rule: 'true', message: 'a', reason: 'Because' }],
  }),
}

const versions = (...all: JsonObject[]): { spec: JsonObject } => ({
  spec: {
    versions: all.map((one) => ({
      served: true,
      storage: false,
      schema: { openAPIV3Schema: { type: 'object' } },
      ...one,
    })),
  },
})

const others: Readonly<Record<string, JsonObject>> = {
  'another name': definition(group, {}, { metadata: { name: 'x' } }),
  'a group without a dot': definition('group', {}),
  'a group in capitals': definition('Group.example.test', {}),
  'a protected group': definition('x.k8s.io', {}),
  'a protected group, approved': definition(
    'x.k8s.io',
    {},
    {
      metadata: { annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' } },
    },
  ),
  'a scope that is none': definition(group, {}, { spec: { scope: 'World' } }),
  'no versions': definition(group, {}, { spec: { versions: [] } }),
  'no storage version': definition(group, {}, versions({ name: 'v1' })),
  'two storage versions': definition(
    group,
    {},
    versions({ name: 'v1', storage: true }, { name: 'v2', storage: true }),
  ),
  'one version twice': definition(
    group,
    {},
    versions({ name: 'v1', storage: true }, { name: 'v1' }),
  ),
  'a version in capitals': definition(group, {}, versions({ name: 'V1', storage: true })),
  'no schema': definition(group, {}, { version: { schema: undefined } }),
  'two versions': definition(group, {}, versions({ name: 'v1', storage: true }, { name: 'v2' })),
  'a deprecation warning without deprecation': definition(
    group,
    {},
    {
      version: { deprecationWarning: 'old' },
    },
  ),
  columns: definition(
    group,
    {},
    {
      version: {
        additionalPrinterColumns: [
          { name: 'A', type: 'string', jsonPath: '.spec.a' },
          { name: 'B', type: 'thing', jsonPath: '.spec.b' },
          { name: '', type: 'string', jsonPath: '' },
        ],
      },
    },
  ),
  'scale without paths': definition(group, {}, { version: { subresources: { scale: {} } } }),
  'scale with wrong paths': definition(
    group,
    {},
    {
      version: {
        subresources: { scale: { specReplicasPath: '.x', statusReplicasPath: '.spec.replicas' } },
      },
    },
  ),
  'selectable fields': definition(
    group,
    withSpec({ type: 'object', properties: { a: { type: 'string' }, o: { type: 'object' } } }),
    {
      version: {
        selectableFields: [
          { jsonPath: '.spec.a' },
          { jsonPath: '.spec.a' },
          { jsonPath: '.spec.o' },
          { jsonPath: '.spec.z' },
        ],
      },
    },
  ),
  'names in capitals': definition(
    group,
    {},
    {
      spec: { names: { plural: 'widgets', singular: 'Widget', kind: 'widget', shortNames: ['W'] } },
    },
  ),
  'no kind': definition(group, {}, { spec: { names: { plural: 'widgets' } } }),
  'conversion None': definition(group, {}, { spec: { conversion: { strategy: 'None' } } }),
  preserveUnknownFields: definition(group, {}, { spec: { preserveUnknownFields: true } }),
}

const withRule = (properties: JsonObject, rule: string): JsonObject => ({
  type: 'object',
  properties,
  'x-kubernetes-validations': [{ rule }],
})

/** Definitions with these schemas of their spec. */
const ofRules = (name: string, specs: readonly (readonly [string, JsonObject])[]): Case => ({
  name,
  namespace: false,
  steps: specs.map(([title, spec]) => ({ title, ...post(definition(group, withSpec(spec))) })),
})

const cases: readonly Case[] = [
  {
    name: 'schemas',
    namespace: false,
    steps: Object.entries(schemas).map(([title, schema]) => ({
      title,
      ...post(definition(group, schema)),
    })),
  },
  {
    name: 'definitions',
    namespace: false,
    steps: Object.entries(others).map(([title, body]) => ({ title, ...post(body) })),
  },
  ofRules(
    'types',
    expressions.map((rule) => [rule, withRule(fields, rule)]),
  ),
  ofRules(
    'rules by dice',
    randomRules(1, 800).map((rule) => [rule, withRule(fields, rule)]),
  ),
  ofRules(
    'costs',
    Object.entries(costs).map(([title, { rule, fields: of }]) => [title, withRule(of, rule)]),
  ),
  ofRules('rules', Object.entries(ruleSchemas)),
  ofRules(
    'formats',
    formats.map(([type, format]) => [`${type} ${format}`, { type, format }]),
  ),
]

/** CustomResourceDefinitions, created in a dry run: what is accepted, defaulted and refused. */
export const crd: Area = { name: 'crd', cases: () => cases }
