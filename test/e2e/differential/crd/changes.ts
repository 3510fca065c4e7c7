import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Request } from '../area.ts'
import { definition } from './definitions.ts'
import { apply, definitions, patch, post, spec, type Story, table, widget } from './story.ts'

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

/** Objects, versions and definitions that change. */
export const changeStories: readonly Story[] = [
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
        changed({ a: { type: 'string', format: 'nothing' } }),
        // A patch begins with the cached definition; of an older one it would warn of "nothing" again.
        {
          path,
          query: { resourceVersion: 0 },
          until: ({ body }) => JSON.stringify(body).includes('"nothing"'),
        },
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
