import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { declaredType } from '#apimachinery/structural/cel/declared-type.ts'
import { judgeRule } from '#apimachinery/structural/cel/rules.ts'
import type { JsonSchema } from '#apimachinery/structural/json-schema.ts'
import { eventually } from '../../../framework/eventually.ts'
import type { Answer, Area, Bench, Request } from '../area.ts'
import { withoutDocumented } from '../documented.ts'
import { send } from '../run-case.ts'
import type { Side } from '../sides.ts'
import { definition } from './definitions.ts'
import { changeStories } from './changes.ts'
import { randomObjects, randomRules } from './random-rules.ts'
import { fields } from './rules.ts'
import { evaluated, evaluations } from './evaluations.ts'
import { apply, definitions, merge, patch, post, spec, type Story, table, widget } from './story.ts'

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

/** Which rules an object breaks, and which cannot be evaluated for it: which of several failures is told depends on how a server goes through an expression. */
function verdicts({ status, body }: Answer): unknown {
  const { details } = body as { details?: { causes?: readonly { message: string }[] } }
  const found = (details?.causes ?? []).map(({ message }) => {
    const [, failed] = /failed rule: (.*)$/s.exec(message) ?? []
    const [, rule = message] = /(?:evaluating|for) rule: (.*)$/s.exec(message) ?? []
    return failed === undefined ? `cannot be evaluated: ${rule}` : `broken: ${failed}`
  })
  return { status, rules: found.sort() }
}

/** Rules by dice that are accepted, and not dear; what was before is asked for elsewhere. */
const dice = randomRules(7, 600)
  .filter((rule) => !rule.includes('oldSelf'))
  .filter((rule) => {
    const type = declaredType({ type: 'object', properties: fields } as JsonSchema)
    const report = type && judgeRule({ rule }, type)
    return report?.error === undefined && (report?.cost ?? 0) < 200_000
  })
  .map((rule) => ({ rule }))

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
    name: 'rules by dice',
    compared: verdicts,
    definition: (group) => definition(group, spec(fields, { 'x-kubernetes-validations': dice })),
    steps: (widgets, group) =>
      randomObjects(1, 60).map((object) => ({
        title: JSON.stringify(object),
        ...post(widgets, widget(group, 'x', object), { dryRun: 'All' }),
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
      { path: `${widgets}/a/scale`, headers: table },
      { path: `${widgets}/a/scale`, headers: table, query: { includeObject: 'Object' } },
      {
        path: `${widgets}/a/scale`,
        headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
      },
      {
        ...patch(`${widgets}/a/scale`, { spec: { replicas: 0 } }),
        headers: { ...merge, ...table },
      },
      { path: `${widgets}/a`, headers: table },
      { path: widgets, headers: table },
      post(widgets, widget(group, 'b', { color: 'blue' })),
      { path: `${widgets}/b/scale` },
      { path: `${widgets}/b/scale`, headers: table },
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
  ...changeStories,
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
    const { compared = shown } = story
    const steps = [...story.steps('…', group), { title: 'the definition' }, { title: 'its end' }]
    bench.report(
      story.name,
      steps.map((step, n) => {
        const { title, method = 'GET', path = '' }: Partial<Request> = step
        return {
          step: `${n + 1}: ${title ?? `${method} ${path}`}`,
          real: real?.[n] && compared(withoutDocumented(real[n])),
          ours: ours?.[n] && compared(withoutDocumented(ours[n])),
        }
      }),
    )
  }
}

/** Objects of CustomResourceDefinitions. */
export const customResources: Area = { name: 'custom-resources', run }
