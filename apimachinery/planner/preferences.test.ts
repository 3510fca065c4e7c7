import { expect, test } from 'vitest'
import { equalPreferences, parsePreferences } from './preferences.ts'

test.each([
  ['{}', equalPreferences],
  ['{"rebalance":true}', { rebalance: true, clusters: { '*': { weight: 1 } } }],
  [
    '{"rebalance": true, "clusters": {"k8s-1": {"minReplicas": 10, "maxReplicas": 20, "weight": 2}, "*": {"weight": 1}}}',
    {
      rebalance: true,
      clusters: { 'k8s-1': { minReplicas: 10, maxReplicas: 20, weight: 2 }, '*': { weight: 1 } },
    },
  ],
  [
    '{"Rebalance":false,"CLUSTERS":{"A":{"MinReplicas":1,"maxreplicas":null,"WEIGHT":3}}}',
    { rebalance: false, clusters: { A: { minReplicas: 1, weight: 3 } } },
  ],
])('%s', (text, preferences) => {
  expect(parsePreferences(text)).toEqual({ preferences, problems: [] })
})

test.each([
  ['{', /^must be JSON such as \{"clusters":.*\}: ./],
  ['[]', /^must be an object with rebalance, clusters, and is a list$/],
  ['{"rebalance":"yes"}', /^rebalance: must be true or false, and is "yes"$/],
  [
    '{"cluster":{}}',
    /^unknown field "cluster", must be rebalance or clusters \(did you mean clusters\?\)$/,
  ],
  [
    '{"clusters":[]}',
    /^clusters: must be an object whose keys are names of clusters.* and is a list$/,
  ],
  ['{"clusters":{"a":1}}', /^clusters\["a"\]: must be an object with .*, and is 1$/],
  [
    '{"clusters":{"a":{"wieght":1}}}',
    /^clusters\["a"\]: unknown field "wieght", must be .* \(did you mean weight\?\)$/,
  ],
  [
    '{"clusters":{"a":{"weight":1.5}}}',
    /^clusters\["a"\]\.weight: must be a whole number from 0 on, and is 1.5$/,
  ],
  ['{"clusters":{"a":{"weight":"2"}}}', /^clusters\["a"\]\.weight: must be .*, and is "2"$/],
  ['{"clusters":{"a":{"minReplicas":-1}}}', /^clusters\["a"\]\.minReplicas: must be .* is -1$/],
  [
    '{"clusters":{"a":{"minReplicas":3,"maxReplicas":2}}}',
    /^clusters\["a"\]\.minReplicas: must be at most maxReplicas, 2, and is 3$/,
  ],
])('%s is refused', (text, problem) => {
  expect(parsePreferences(text).problems).toEqual([expect.stringMatching(problem)])
})

test('what is too long to read is not told in full', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
  const problemOf = (text: string) => parsePreferences(text).problems[0]
  expect(problemOf(`{"clusters":${deep}}`)).toMatch(/^clusters: .* is a list$/)
  expect(problemOf(`{"${'x'.repeat(1_000)}":1}`)).toMatch(/^unknown field "x{79}…, must be/)
})

test('all that is wrong is told at once, and the clusters are known all the same', () => {
  const text = '{"rebalance":1,"a":{},"clusters":{"b":{"wieght":1,"minReplicas":"2"},"c":3,"d":{}}}'
  const { preferences, problems } = parsePreferences(text)
  expect(Object.keys(preferences.clusters)).toEqual(['b', 'c', 'd'])
  expect(problems.map((problem) => problem.replace(/(must be).*/, '$1'))).toEqual([
    'unknown field "a", must be',
    'rebalance: must be',
    'clusters["b"]: unknown field "wieght", must be',
    'clusters["b"].minReplicas: must be',
    'clusters["c"]: must be',
  ])
})
