import { newBadRequest } from '../errors/status-error.ts'
import { validateLabelKey, validateLabelValue } from '../meta/names.ts'
import {
  type LabelOperator,
  type LabelRequirement,
  parseRequirements,
  type RequirementChecks,
} from './label-parser.ts'

export type Labels = Readonly<Record<string, string>>

/** A conjunction of requirements; without any it matches everything. */
export interface LabelSelector {
  readonly requirements: readonly LabelRequirement[]
  readonly isEmpty: boolean
  matches(labels: Labels | undefined): boolean
  /** As it is written in a query or in Scale.status.selector. */
  toString(): string
}

const noLabels: Labels = {}

function meets(requirement: LabelRequirement, labels: Labels): boolean {
  const { key, operator, values } = requirement
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
    case 'lt':
      return value !== undefined && compares(operator, value, values[0] ?? '')
  }
}

const isInteger = (text: string): boolean => /^[+-]?\d+$/.test(text)

function compares(operator: 'gt' | 'lt', value: string, limit: string): boolean {
  if (!isInteger(value)) return false
  return operator === 'gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit)
}

function format({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${[...values].sort().join(',')})`
    case 'gt':
      return `${key}>${values[0] ?? ''}`
    case 'lt':
      return `${key}<${values[0] ?? ''}`
    case '=':
    case '==':
    case '!=':
      return `${key}${operator}${values[0] ?? ''}`
  }
}

const selectorOf = (requirements: readonly LabelRequirement[]): LabelSelector => ({
  requirements,
  isEmpty: requirements.length === 0,
  matches: (labels) => requirements.every((requirement) => meets(requirement, labels ?? noLabels)),
  toString: () =>
    [...requirements]
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      .map(format)
      .join(','),
})

const nothing: LabelSelector = {
  requirements: [],
  isEmpty: false,
  matches: () => false,
  toString: () => '',
}

/** They throw what Kubernetes would say. */
const checks: RequirementChecks = {
  key: (key) => {
    const wrong = validateLabelKey(key)
    if (wrong.length > 0) throw unable([problem('<nil>', key, wrong)])
  },
  values: ({ key, operator, values }) => {
    const problems: string[] = []
    const [first = ''] = values
    if ((operator === 'gt' || operator === 'lt') && !isInteger(first)) {
      const why = "for 'Gt', 'Lt' operators, the value must be an integer"
      problems.push(problem('values[0]', first, [why]))
    }
    for (const [index, value] of values.entries()) {
      const wrong = validateLabelValue(value)
      if (wrong.length > 0) problems.push(problem(`values[${index}][${key}]`, value, wrong))
    }
    if (problems.length > 0) throw unable(problems)
  },
}

const problem = (field: string, value: string, texts: readonly string[]): string =>
  `${field}: Invalid value: ${JSON.stringify(value)}: ${texts.join('; ')}`

const unable = (problems: readonly string[]): Error => {
  const all = problems.join(', ')
  return newBadRequest(`unable to parse requirement: ${problems.length > 1 ? `[${all}]` : all}`)
}

/** Parses the labelSelector of a query, as `a=b,c in (d,e),!f`. Throws 400. */
export function parseLabelSelector(text: string): LabelSelector {
  if (text === '') return selectorOf([])
  return selectorOf(parseRequirements(text, checks))
}

/** metav1.LabelSelector, as specs carry it. */
export interface LabelSelectorObject {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

const expressionOperators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

/** An absent selector matches nothing, an empty one everything. Throws 400 for an unknown operator or a bad value. */
export function fromLabelSelectorObject(
  object: LabelSelectorObject | null | undefined,
): LabelSelector {
  if (object === undefined || object === null) return nothing
  const requirements: LabelRequirement[] = []
  for (const [key, value] of Object.entries(object.matchLabels ?? {}))
    requirements.push({ key, operator: '=', values: [value] })
  for (const { key, operator: name, values = [] } of object.matchExpressions ?? []) {
    const operator = expressionOperators[name]
    if (operator === undefined)
      throw newBadRequest(`${JSON.stringify(name)} is not a valid label selector operator`)
    requirements.push({ key, operator, values: values ?? [] })
  }
  for (const requirement of requirements) {
    checks.key(requirement.key)
    checks.values(requirement)
  }
  return selectorOf(requirements)
}

/** Of exact labels: everything must be there. Without any it matches everything. */
export const fromLabels = (labels: Labels): LabelSelector =>
  fromLabelSelectorObject({ matchLabels: labels })
