import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { eventually } from '../../../framework/eventually.ts'
import type { Answer, Area, Bench, Request } from '../area.ts'
import { withoutDocumented } from '../documented.ts'
import { send } from '../run-case.ts'
import type { Side } from '../sides.ts'
import { definition } from './definitions.ts'
import { evaluated, evaluations } from './evaluations.ts'

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const merge = { 'content-type': 'application/merge-patch+json' }
const applied = { 'content-type': 'application/apply-patch+yaml' }
const table = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' }

/** A definition, and requests about its objects once it is established. */
interface Story {
  readonly name: string
  readonly definition: (group: string) => JsonObject
  /** `widgets` is the collection's path in version v1. */
  readonly steps: (widgets: string, group: string) => readonly Request[]
}

const spec = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  properties: { spec: { type: 'object', properties, ...more } },
})

const schema = spec(
  {
    text: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' },
    choice: { type: 'string', enum: ['a', 'b'], default: 'a' },
    number: { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 10, multipleOf: 2 },
    whole: { type: 'integer', maximum: 5, exclusiveMaximum: true },
    either: { 'x-kubernetes-int-or-string': true },
    when: { type: 'string', format: 'date-time' },
    day: { type: 'string', format: 'date' },
    address: { type: 'string', format: 'ipv4' },
    link: { type: 'string', format: 'uri' },
    empty: { type: 'string', nullable: true },
    filled: { type: 'string', nullable: false, default: 'x' },
    list: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    map: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, value: { type: 'integer', default: 1 } },
      },
    },
    labels: {
      type: 'object',
      minProperties: 1,
      maxProperties: 2,
      additionalProperties: { type: 'string' },
    },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    one: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    any: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      anyOf: [{ required: ['a'] }, { required: ['b'] }],
    },
    not: { type: 'string', not: { enum: ['x'] } },
    inner: { type: 'object', required: ['a'], properties: { a: { type: 'integer' } } },
    embedded: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
  },
  {},
)

const rules = spec(
  {
    min: { type: 'integer' },
    max: { type: 'integer' },
    name: { type: 'string' },
    items: {
      type: 'array',
      maxItems: 10,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['key'],
      items: {
        type: 'object',
        required: ['key'],
        properties: { key: { type: 'string' }, value: { type: 'integer' } },
        'x-kubernetes-validations': [
          { rule: 'self.value >= oldSelf.value', message: 'values only grow' },
        ],
      },
    },
    fixed: {
      type: 'string',
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'fixed is immutable' }],
    },
    big: {
      type: 'string',
      'x-kubernetes-validations': [
        { rule: 'quantity(self).isLessThan(quantity("10Gi"))', message: 'less than 10Gi' },
      ],
    },
  },
  {
    'x-kubernetes-validations': [
      {
        rule: '!has(self.min) || !has(self.max) || self.min <= self.max',
        message: 'min is not above max',
        fieldPath: '.min',
      },
      {
        rule: '!has(self.name) || self.name.startsWith("a")',
        messageExpression: '"name is " + self.name',
        reason: 'FieldValueForbidden',
      },
      { rule: '!has(self.items) || self.items.all(i, i.key.size() < 4)' },
    ],
  },
)

const widget = (group: string, name: string, fields: JsonObject, more: JsonObject = {}) => ({
  apiVersion: `${group}/v1`,
  kind: 'Widget',
  metadata: { name },
  ...(Object.keys(fields).length === 0 ? {} : { spec: fields }),
  ...more,
})

const values: readonly JsonObject[] = [
  {},
  { text: 'abc' },
  { text: 'a' },
  { text: 'abcde' },
  { text: 'A1' },
  { text: 1 },
  { text: null },
  { choice: 'b' },
  { choice: 'c' },
  { number: 0.5 },
  { number: 0 },
  { number: 11 },
  { number: 0.3 },
  { number: 'x' },
  { whole: 4 },
  { whole: 5 },
  { whole: 1.5 },
  { either: 1 },
  { either: 'x' },
  { either: true },
  { when: '2020-01-01T00:00:00Z' },
  { when: 'now' },
  { day: '2020-01-01' },
  { day: '2020' },
  { address: '127.0.0.1' },
  { address: '::1' },
  { link: 'https://example.test/a' },
  { link: '' },
  { empty: null },
  { filled: null },
  { list: [] },
  { list: ['a'] },
  { list: ['a', 'b', 'c'] },
  { list: 'a' },
  { list: [1] },
  { list: [null] },
  { set: ['a', 'a'] },
  { map: [{ name: 'a' }, { name: 'a', value: 2 }] },
  { map: [{ value: 2 }] },
  { map: [{ name: 'a', other: 1 }] },
  { labels: {} },
  { labels: { a: '1', b: '2' } },
  { labels: { a: 1 } },
  { labels: { a: '1', b: '2', c: '3' } },
  { open: { anything: [1, { a: null }] } },
  { unknown: 1, inner: { a: 1, b: 2 } },
  { one: {} },
  { one: { a: 'x' } },
  { one: { a: 'x', b: 'x' } },
  { any: {} },
  { any: { a: 'x', b: 'x' } },
  { not: 'x' },
  { not: 'y' },
  { inner: {} },
  { inner: [] },
  { embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, a: 1 } },
  { embedded: { a: 1 } },
]

const post = (path: string, body: unknown, query: Request['query'] = {}): Request => ({
  method: 'POST',
  path,
  query,
  body,
})
const patch = (path: string, body: unknown): Request => ({
  method: 'PATCH',
  path,
  headers: merge,
  body,
})
const apply = (path: string, fieldManager: string, body: unknown, force = false): Request => ({
  method: 'PATCH',
  path,
  headers: applied,
  query: { fieldManager, ...(force ? { force } : {}) },
  body,
})

const rulesOf = (...rules: readonly JsonObject[]): JsonObject => ({
  'x-kubernetes-validations': [...rules],
})

/** Rules that look at what was before, and what they say. */
const transitions: JsonObject = {
  once: {
    type: 'string',
    maxLength: 10,
    ...rulesOf({ rule: 'self == oldSelf', message: 'stays' }),
  },
  grows: {
    type: 'integer',
    ...rulesOf({ rule: 'self >= oldSelf', messageExpression: '"not above %d".format([oldSelf])' }),
  },
  optional: {
    type: 'string',
    maxLength: 10,
    ...rulesOf({
      rule: "oldSelf.hasValue() || self == 'a'",
      optionalOldSelf: true,
    }),
  },
  set: {
    type: 'array',
    maxItems: 10,
    'x-kubernetes-list-type': 'set',
    items: { type: 'string', maxLength: 10 },
    ...rulesOf({ rule: 'self == oldSelf' }),
  },
  map: {
    type: 'array',
    maxItems: 10,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
    items: {
      type: 'object',
      required: ['k'],
      properties: { k: { type: 'string', maxLength: 10 }, v: { type: 'integer' } },
      ...rulesOf({ rule: 'self.v >= oldSelf.v' }),
    },
    ...rulesOf({ rule: 'self == oldSelf', message: 'the same items' }),
  },
  told: {
    type: 'string',
    maxLength: 10,
    ...rulesOf(
      { rule: "self != 'b'", reason: 'FieldValueForbidden', message: 'not b' },
      { rule: "self != 'c'", reason: 'FieldValueRequired', messageExpression: "'c is ' + self" },
      { rule: "self != 'd'", reason: 'FieldValueDuplicate', message: 'not d' },
      { rule: "self != 'e'", messageExpression: "''", message: 'not e' },
      { rule: "self != 'f'", messageExpression: 'self.substring(5)', message: 'not f' },
    ),
  },
  placed: {
    type: 'object',
    properties: {
      x: { type: 'integer' },
      labels: { type: 'object', maxProperties: 5, additionalProperties: { type: 'string' } },
      inner: { type: 'object', properties: { y: { type: 'integer' } } },
    },
    ...rulesOf(
      { rule: '!has(self.labels)', fieldPath: ".labels['a.b']" },
      { rule: 'self.x != 2', fieldPath: '.x' },
      { rule: 'self.x != 3', fieldPath: '.inner.y', reason: 'FieldValueForbidden' },
      { rule: 'self.x != 4', fieldPath: "['x']", reason: 'FieldValueRequired' },
      { rule: 'self.x != 5', fieldPath: '.labels.a', reason: 'FieldValueDuplicate' },
    ),
  },
  bad: { type: 'integer', ...rulesOf({ rule: '1 / (self - 1) > 0', message: 'bad' }) },
  labels: {
    type: 'object',
    maxProperties: 5,
    additionalProperties: {
      type: 'string',
      maxLength: 10,
      ...rulesOf({ rule: 'self == oldSelf' }),
    },
  },
}

const versionOf = (
  name: string,
  properties: JsonObject,
  columns: readonly JsonObject[],
): JsonObject => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema: { type: 'object', ...spec(properties) } },
  additionalPrinterColumns: [...columns],
  subresources: { status: {} },
})

const columnOf = (field: string): JsonObject => ({
  name: field,
  type: 'string',
  jsonPath: `.spec.${field}`,
})

/** One kind in two versions whose schemas differ: what one has is unknown to the other. */
const versionsOfOtherFields = [
  versionOf(
    'v1',
    {
      a: { type: 'string' },
      b: { type: 'string' },
      list: {
        type: 'array',
        items: { type: 'object', properties: { p: { type: 'integer' }, q: { type: 'integer' } } },
      },
      open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
    [columnOf('a'), columnOf('b')],
  ),
  versionOf(
    'v2',
    {
      a: { type: 'string' },
      c: { type: 'string', default: 'filled' },
      list: { type: 'array', items: { type: 'object', properties: { p: { type: 'integer' } } } },
      open: { type: 'object', properties: { k: { type: 'integer', default: 3 } } },
    },
    [columnOf('a'), columnOf('b'), columnOf('c')],
  ),
]

const stories: readonly Story[] = [
  {
    name: 'values',
    definition: (group) => definition(group, schema),
    steps: (widgets, group) =>
      values.flatMap((fields) =>
        ['Warn', 'Strict'].map((fieldValidation) => ({
          title: `${fieldValidation} ${JSON.stringify(fields)}`,
          ...post(widgets, widget(group, 'x', fields), { dryRun: 'All', fieldValidation }),
        })),
      ),
  },
  {
    name: 'rules',
    definition: (group) => definition(group, rules),
    steps: (widgets, group) => [
      post(widgets, widget(group, 'a', { min: 2, max: 1 })),
      post(widgets, widget(group, 'a', { name: 'b' })),
      post(widgets, widget(group, 'a', { items: [{ key: 'long-key' }] })),
      post(widgets, widget(group, 'a', { big: '20Gi' })),
      post(widgets, widget(group, 'a', { big: 'many' })),
      post(widgets, widget(group, 'a', { min: 'x', max: 1 })),
      post(widgets, widget(group, 'a', { fixed: 'x', items: [{ key: 'a', value: 2 }] })),
      patch(`${widgets}/a`, { spec: { fixed: 'y' } }),
      patch(`${widgets}/a`, { spec: { items: [{ key: 'a', value: 1 }] } }),
      patch(`${widgets}/a`, {
        spec: {
          items: [
            { key: 'a', value: 3 },
            { key: 'b', value: 1 },
          ],
        },
      }),
      patch(`${widgets}/a`, { spec: { min: 5, max: 4 } }),
    ],
  },
  {
    name: 'evaluations',
    definition: (group) => definition(group, spec(evaluated)),
    steps: (widgets, group) =>
      evaluations.map((fields) => ({
        title: JSON.stringify(fields),
        ...post(widgets, widget(group, 'x', fields), { dryRun: 'All' }),
      })),
  },
  {
    name: 'life',
    definition: (group) => definition(group, schema),
    steps: (widgets, group) => [
      post(widgets, widget(group, 'a', { text: 'abc' }, { status: { x: 1 }, other: 1 })),
      post(widgets, widget(group, 'a', { text: 'abc' })),
      post(widgets, widget(group, 'A', { text: 'abc' })),
      post(widgets, { ...widget(group, 'b', {}), kind: 'Other' }),
      post(widgets, { ...widget(group, 'b', {}), apiVersion: `${group}/v2` }),
      post(widgets, { ...widget(group, 'b', {}), metadata: { name: 'b', labels: { a: 1 } } }),
      post(widgets, { ...widget(group, 'b', {}), metadata: { name: 'b', unknown: 1 } }),
      { path: `${widgets}/a` },
      { path: `${widgets}/none` },
      { path: widgets },
      { path: widgets, headers: table },
      { path: `${widgets}/a`, headers: { accept: 'application/vnd.kubernetes.protobuf' } },
      { path: `${widgets}/a/status` },
      { path: `${widgets}/a/scale` },
      { method: 'PUT', path: `${widgets}/a`, body: widget(group, 'a', { text: 'def' }) },
      patch(`${widgets}/a`, { spec: { whole: 1 } }),
      patch(`${widgets}/a`, { metadata: { labels: { a: 'b' } } }),
      {
        method: 'PATCH',
        path: `${widgets}/a`,
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
        body: {},
      },
      {
        method: 'PATCH',
        path: `${widgets}/a`,
        headers: { 'content-type': 'application/json-patch+json' },
        body: [{ op: 'replace', path: '/spec/whole', value: 2 }],
      },
      { path: widgets, query: { fieldSelector: 'spec.text=abc' } },
      { path: widgets, query: { fieldSelector: 'metadata.name=a' } },
      { path: widgets, query: { labelSelector: 'a=b' } },
      { method: 'DELETE', path: `${widgets}/a` },
      { method: 'DELETE', path: widgets },
      { path: `/apis/${group}` },
      { path: `/apis/${group}/v1` },
      { path: `/apis/${group}/v2` },
    ],
  },
  {
    name: 'subresources',
    definition: (group) =>
      definition(
        group,
        {
          properties: {
            spec: {
              type: 'object',
              properties: {
                replicas: { type: 'integer' },
                color: { type: 'string' },
                ready: { type: 'boolean' },
              },
            },
            status: {
              type: 'object',
              properties: {
                replicas: { type: 'integer' },
                selector: { type: 'string' },
                since: { type: 'string', format: 'date-time' },
                conditions: {
                  type: 'array',
                  items: {
                    type: 'object',
                    properties: { type: { type: 'string' }, status: { type: 'string' } },
                  },
                },
              },
            },
          },
        },
        {
          version: {
            subresources: {
              status: {},
              scale: {
                specReplicasPath: '.spec.replicas',
                statusReplicasPath: '.status.replicas',
                labelSelectorPath: '.status.selector',
              },
            },
            additionalPrinterColumns: [
              { name: 'Color', type: 'string', jsonPath: '.spec.color', description: 'The color' },
              { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
              { name: 'Ready', type: 'boolean', jsonPath: '.spec.ready' },
              {
                name: 'Up',
                type: 'string',
                jsonPath: '.status.conditions[?(@.type=="Up")].status',
              },
              { name: 'Since', type: 'date', jsonPath: '.status.since' },
              { name: 'All', type: 'string', jsonPath: '.status.conditions' },
            ],
            selectableFields: [{ jsonPath: '.spec.color' }],
          },
        },
      ),
    steps: (widgets, group) => [
      post(widgets, widget(group, 'a', { replicas: 1, color: 'red' }, { status: { replicas: 9 } })),
      patch(`${widgets}/a`, { status: { replicas: 3 } }),
      patch(`${widgets}/a/status`, {
        metadata: { labels: { a: 'b' } },
        spec: { replicas: 7 },
        status: {
          replicas: 2,
          selector: 'a=b',
          since: '2020-01-01T00:00:00Z',
          conditions: [{ type: 'Up', status: 'True' }],
        },
      }),
      { path: `${widgets}/a/scale` },
      patch(`${widgets}/a/scale`, { spec: { replicas: 4 } }),
      patch(`${widgets}/a/scale`, { spec: { replicas: -1 } }),
      { path: `${widgets}/a`, headers: table },
      { path: widgets, headers: table },
      post(widgets, widget(group, 'b', { color: 'blue' })),
      { path: `${widgets}/b/scale` },
      { path: widgets, query: { fieldSelector: 'spec.color=blue' } },
      { path: widgets, query: { fieldSelector: 'spec.replicas=4' } },
      { path: `/apis/${group}/v1` },
    ],
  },
  {
    name: 'apply',
    definition: (group) => definition(group, schema),
    steps: (widgets, group) => [
      apply(
        `${widgets}/a`,
        'one',
        widget(group, 'a', { map: [{ name: 'x' }], set: ['p'], labels: { a: '1' } }),
      ),
      apply(
        `${widgets}/a`,
        'two',
        widget(group, 'a', { map: [{ name: 'y', value: 3 }], set: ['q'] }),
      ),
      apply(`${widgets}/a`, 'two', widget(group, 'a', { map: [{ name: 'x', value: 5 }] })),
      apply(`${widgets}/a`, 'two', widget(group, 'a', { map: [{ name: 'x', value: 5 }] }), true),
      apply(`${widgets}/a`, 'one', widget(group, 'a', { open: { a: { b: [1] } }, list: ['a'] })),
      apply(`${widgets}/a`, 'two', widget(group, 'a', { open: { a: { c: 1 } }, list: ['b'] })),
      apply(`${widgets}/a`, 'two', widget(group, 'a', { unknown: 1 })),
      apply(`${widgets}/a`, 'one', widget(group, 'a', {})),
      apply(`${widgets}/b`, 'one', widget(group, 'b', { text: 1 })),
    ],
  },
  {
    name: 'versions',
    definition: (group) =>
      definition(
        group,
        {},
        {
          spec: {
            versions: [
              {
                name: 'v1',
                served: true,
                storage: true,
                schema: { openAPIV3Schema: { type: 'object', ...spec({ a: { type: 'string' } }) } },
              },
              {
                name: 'v1beta1',
                served: true,
                storage: false,
                deprecated: true,
                schema: { openAPIV3Schema: { type: 'object', ...spec({ a: { type: 'string' } }) } },
              },
              {
                name: 'v2alpha1',
                served: false,
                storage: false,
                schema: { openAPIV3Schema: { type: 'object' } },
              },
            ],
          },
        },
      ),
    steps: (widgets, group) => {
      const old = widgets.replace('/v1/', '/v1beta1/')
      return [
        post(widgets, widget(group, 'a', { a: 'x' })),
        { path: `${old}/a` },
        { path: old },
        patch(`${old}/a`, { spec: { a: 'y' } }),
        { path: `${widgets}/a` },
        { path: widgets.replace('/v1/', '/v2alpha1/') },
        { path: `/apis/${group}` },
        apply(
          `${old}/a`,
          'one',
          { ...widget(group, 'a', { a: 'z' }), apiVersion: `${group}/v1beta1` },
          true,
        ),
        { path: `${widgets}/a` },
      ]
    },
  },
  {
    name: 'versions of other fields',
    definition: (group) => definition(group, {}, { spec: { versions: versionsOfOtherFields } }),
    steps: (widgets, group) => {
      const second = widgets.replace('/v1/', '/v2/')
      const later = (name: string, fields: JsonObject): JsonObject => ({
        ...widget(group, name, fields),
        apiVersion: `${group}/v2`,
      })
      return [
        post(
          widgets,
          widget(group, 'a', { a: 'x', b: 'y', list: [{ p: 1, q: 2 }], open: { z: 1 } }),
        ),
        { path: `${second}/a` },
        { path: second },
        { path: second, headers: table },
        { path: `${second}/a`, headers: table },
        {
          path: second,
          query: {
            watch: 1,
            resourceVersion: 0,
            timeoutSeconds: 2,
            fieldSelector: 'metadata.name=a',
          },
          events: 1,
        },
        { path: `${widgets}/a` },
        patch(`${second}/a`, { metadata: { labels: { l: 'm' } } }),
        { path: `${widgets}/a` },
        post(widgets, widget(group, 'b', { a: 'x', b: 'y', list: [{ p: 1, q: 2 }] })),
        {
          method: 'PATCH',
          path: `${second}/b`,
          headers: { 'content-type': 'application/json-patch+json' },
          body: [{ op: 'replace', path: '/spec/a', value: 'z' }],
        },
        { path: `${widgets}/b` },
        post(second, later('c', { a: 'x', c: 'z' })),
        { path: `${widgets}/c` },
        apply(`${second}/c`, 'one', later('c', { a: 'w' })),
        apply(`${widgets}/c`, 'one', widget(group, 'c', { a: 'v' }), true),
        { path: `${second}/c` },
        { path: `${widgets}/c` },
        { path: `${second}/c/status` },
        { method: 'DELETE', path: `${second}/c` },
      ]
    },
  },
  {
    name: 'a changing definition',
    definition: (group) =>
      definition(group, spec({ a: { type: 'string' }, gone: { type: 'string' } })),
    steps: (widgets, group) => {
      const path = `${definitions}/widgets.${group}`
      const changed = (properties: JsonObject, more: JsonObject = {}): Request =>
        patch(path, {
          spec: {
            versions: [
              {
                name: 'v1',
                served: true,
                storage: true,
                schema: {
                  openAPIV3Schema: {
                    type: 'object',
                    properties: { spec: { type: 'object', properties, ...more } },
                  },
                },
              },
            ],
          },
        })
      const costly = { rule: 'self.list.all(x, self.list.all(y, x == y))' }
      return [
        post(widgets, widget(group, 'a', { a: 'x', gone: 'y' })),
        changed({ a: { type: 'string' }, b: { type: 'string', default: 'new' } }),
        {
          path: `${widgets}/a`,
          until: ({ body }) => JSON.stringify(body).includes('"b":"new"'),
        },
        { path: widgets },
        { path: widgets, headers: table },
        {
          path: widgets,
          query: { watch: 1, resourceVersion: 0, timeoutSeconds: 2 },
          events: 1,
        },
        patch(`${widgets}/a`, { metadata: { labels: { l: 'm' } } }),
        changed({ a: { type: 'string', format: 'nothing' }, c: { type: 'string', format: 'x' } }),
        changed({ a: { type: 'string', format: 'nothing' }, c: { type: 'string', format: 'y' } }),
        changed(
          { a: { type: 'string' } },
          { 'x-kubernetes-validations': [{ rule: 'self.a > 1' }] },
        ),
        changed(
          { list: { type: 'array', items: { type: 'string' } } },
          { 'x-kubernetes-validations': [costly] },
        ),
        changed(
          { list: { type: 'array', maxItems: 5, items: { type: 'string', maxLength: 5 } } },
          { 'x-kubernetes-validations': [costly] },
        ),
        patch(path, { metadata: { labels: { a: 'b' } } }),
      ]
    },
  },
  {
    name: 'finalizers',
    definition: (group) => definition(group, {}, { version: { subresources: { status: {} } } }),
    steps: (widgets, group) => {
      const held = (name: string, finalizers: readonly string[]): JsonObject => ({
        ...widget(group, name, {}),
        metadata: { name, finalizers: [...finalizers] },
      })
      return [
        post(widgets, held('a', ['x'])),
        post(widgets, held('b', ['x.test', 'b.test/c', 'kubernetes', 'orphan'])),
        post(widgets, held('c', ['a b'])),
        ...[['x'], ['x.test'], ['x.test/y']].map((finalizers) =>
          post(
            '/api/v1/namespaces/default/configmaps',
            { metadata: { name: 'held', finalizers } },
            { dryRun: 'All' },
          ),
        ),
        patch(`${widgets}/a`, { metadata: { finalizers: ['x', 'y.test', 'w'] } }),
        patch(`${widgets}/a`, { metadata: { labels: { a: 'b' } } }),
        patch(`${widgets}/a/status`, { metadata: { finalizers: ['z'] } }),
        patch(`${widgets}/a`, { metadata: { finalizers: null } }),
        patch(`${widgets}/b`, { metadata: { finalizers: null } }),
      ]
    },
  },
  {
    name: 'before and after',
    definition: (group) => definition(group, spec(transitions)),
    steps: (widgets, group) => [
      post(
        widgets,
        widget(group, 'a', {
          once: 'x',
          grows: 1,
          set: ['a', 'b'],
          map: [
            { k: 'a', v: 1 },
            { k: 'b', v: 2 },
          ],
          told: 'a',
        }),
      ),
      ...[
        { once: 'y' },
        { once: null },
        { grows: 2 },
        { grows: 1 },
        { optional: 'b' },
        { optional: 'a' },
        { optional: 'b' },
        { set: ['b', 'a'] },
        { set: ['b', 'c'] },
        {
          map: [
            { k: 'b', v: 2 },
            { k: 'a', v: 1 },
          ],
        },
        {
          map: [
            { k: 'b', v: 1 },
            { k: 'a', v: 1 },
          ],
        },
        { map: [{ k: 'c', v: 0 }] },
        { told: 'b' },
        { told: 'c' },
        { told: 'd' },
        { told: 'e' },
        { told: 'f' },
        { placed: { x: 1, labels: { 'a.b': 'c' } } },
        { placed: { x: 2 } },
        { placed: { x: 3 } },
        { placed: { x: 4 } },
        { placed: { x: 5 } },
        { bad: 1 },
        { labels: { a: 'x' } },
        { labels: { a: 'y', b: 'x' } },
        { labels: { b: 'x' } },
      ].map((fields) => ({
        title: JSON.stringify(fields),
        ...patch(`${widgets}/a`, { spec: fields }),
      })),
      { path: `${widgets}/a` },
    ],
  },
]

const headersOfInterest = ['content-type', 'warning']

const shown = ({ status, headers, body }: Answer): unknown => ({
  status,
  headers: Object.fromEntries(
    headersOfInterest.flatMap((name) =>
      headers[name] === undefined ? [] : [[name, headers[name]]],
    ),
  ),
  body,
})

async function answersOf(side: Side, story: Story, group: string): Promise<Answer[]> {
  const made = await side.http.send({
    method: 'POST',
    path: definitions,
    body: story.definition(group),
  })
  const widgets = `/apis/${group}/v1/namespaces/default/widgets`
  await eventually(async () => {
    const answer = await side.http.send({ path: widgets })
    if (answer.status !== 200)
      throw new Error(`${group}: ${answer.status} ${JSON.stringify(made.body)}`)
  })
  const answers: Answer[] = []
  for (const step of story.steps(widgets, group)) answers.push(await send(side, step))
  const path = `${definitions}/widgets.${group}`
  answers.push(await side.http.send({ path }), await side.http.send({ method: 'DELETE', path }))
  return answers
}

async function run(bench: Bench): Promise<void> {
  for (const [i, story] of stories.entries()) {
    if (!bench.wants(story.name)) continue
    const group = `g${i}.example.test`
    const [real, ours] = await Promise.all(
      [bench.real, bench.ours].map((side) => answersOf(side, story, group)),
    )
    const steps = [...story.steps('…', group), { title: 'the definition' }, { title: 'its end' }]
    bench.report(
      story.name,
      steps.map((step, n) => {
        const { title, method = 'GET', path = '' }: Partial<Request> = step
        return {
          step: `${n + 1}: ${title ?? `${method} ${path}`}`,
          real: real?.[n] && shown(withoutDocumented(real[n])),
          ours: ours?.[n] && shown(withoutDocumented(ours[n])),
        }
      }),
    )
  }
}

/** Objects of CustomResourceDefinitions. */
export const customResources: Area = { name: 'custom-resources', run }
