import { describe, expect, test } from 'vitest'
import { expressionProblem } from './expression-problems.ts'

const variables = ['object', 'oldObject', 'device']

describe('expressionProblem', () => {
  test.each([
    'true',
    'object.spec.replicas <= 5',
    '!has(object.spec.replicas) || oldObject == null',
    'object.spec.containers.all(c, c.image.startsWith("a") && size(c.name) > 1)',
    'object.spec.containers.map(c, c.name).exists_one(n, n == "main")',
    'device.driver == "gpu.example.test" && device.capacity["gpu.example.test"].memory.compareTo(quantity("10Gi")) >= 0',
    'type(object.a) == string',
    'Object{spec: Object.spec{replicas: 1}}',
  ])('compiles %s', (expression) => {
    expect(expressionProblem(expression, variables)).toBeUndefined()
  })

  // Observed on kube-apiserver 1.36.
  test.each([
    [
      'other',
      "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other\n | ^",
    ],
    [
      'Bad_Name!',
      "ERROR: <input>:1:9: Syntax error: extraneous input '!' expecting <EOF>\n | Bad_Name!\n | ........^",
    ],
  ])('tells of %s as cel-go does', (expression, problem) => {
    expect(expressionProblem(expression, variables)).toBe(problem)
  })

  test('every undeclared name, where it stands', () => {
    expect(expressionProblem('object.a ==\n  b && [1].all(x, x > c)', variables)).toBe(
      [
        "ERROR: <input>:2:3: undeclared reference to 'b' (in container '')",
        ' |   b && [1].all(x, x > c)',
        ' | ..^',
        "ERROR: <input>:2:23: undeclared reference to 'c' (in container '')",
        ' |   b && [1].all(x, x > c)',
        ' | ......................^',
      ].join('\n'),
    )
  })

  test.each(['', '1 +', 'object.', '[1', '"abc'])('refuses %j', (expression) => {
    expect(expressionProblem(expression, variables)).toMatch(
      /^ERROR: <input>:1:\d+: Syntax error: /,
    )
  })
})
