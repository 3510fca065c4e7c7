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
  expect(parsePreferences(text)).toEqual(preferences)
})

test.each([
  ['{', /^is no JSON: /],
  ['[]', /^is no object$/],
  ['{"rebalance":"yes"}', /^rebalance: is neither true nor false$/],
  ['{"cluster":{}}', /^has the unknown field cluster$/],
  ['{"clusters":[]}', /^clusters: is no object$/],
  ['{"clusters":{"a":1}}', /^clusters\["a"\]: is no object$/],
  ['{"clusters":{"a":{"wieght":1}}}', /^clusters\["a"\]: has the unknown field wieght$/],
  ['{"clusters":{"a":{"weight":1.5}}}', /^clusters\["a"\]\.weight: is no whole number from 0 on$/],
  ['{"clusters":{"a":{"minReplicas":-1}}}', /^clusters\["a"\]\.minReplicas: is no whole/],
  [
    '{"clusters":{"a":{"minReplicas":3,"maxReplicas":2}}}',
    /^clusters\["a"\]\.minReplicas: 3 is more than maxReplicas, 2$/,
  ],
])('%s is refused', (text, problem) => {
  expect(parsePreferences(text)).toMatch(problem)
})
