import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { isEqual } from '../registry/equality.ts'
import {
  type Condition,
  conditionOf,
  type CustomResourceNames,
  specOf,
  statusOf,
  withCondition,
} from '../registry/apiextensions/definition.ts'

type NewCondition = Omit<Condition, 'lastTransitionTime'>

/** Names that other definitions of the group have. */
interface Taken {
  readonly resources: ReadonlySet<string>
  readonly kinds: ReadonlySet<string>
}

function takenBy(others: readonly Readonly<ApiObject>[]): Taken {
  const names = others.map((other) => statusOf(other).acceptedNames)
  return {
    resources: new Set(
      names.flatMap((n) => [n?.plural ?? '', n?.singular ?? '', ...(n?.shortNames ?? [])]),
    ),
    kinds: new Set(names.flatMap((n) => [n?.kind ?? '', n?.listKind ?? ''])),
  }
}

/** The names that a definition may have beside the others of its group, and what keeps it from the rest. */
function acceptNames(
  definition: Readonly<ApiObject>,
  taken: Taken,
): { names: Partial<CustomResourceNames>; condition: NewCondition } {
  const asked = specOf(definition).names
  const before = statusOf(definition).acceptedNames
  const names: Partial<CustomResourceNames> = { ...before }
  let conflict: { reason: string; message: string } | undefined
  const claim = (field: 'plural' | 'singular' | 'kind' | 'listKind', reason: string): void => {
    const name = asked[field] ?? ''
    const others = field === 'kind' || field === 'listKind' ? taken.kinds : taken.resources
    if (name !== (before?.[field] ?? '') && others.has(name)) {
      conflict = { reason, message: `${JSON.stringify(name)} is already in use` }
    } else names[field] = name
  }
  claim('plural', 'PluralConflict')
  claim('singular', 'SingularConflict')
  const short = asked.shortNames ?? []
  const used = short.filter(
    (name) => before?.shortNames?.includes(name) !== true && taken.resources.has(name),
  )
  if (used.length > 0) {
    const messages = used.map((name) => `${JSON.stringify(name)} is already in use`)
    const message = messages.length === 1 ? messages[0] : `[${messages.join(', ')}]`
    conflict = { reason: 'ShortNamesConflict', message: message ?? '' }
  } else if (short.length > 0) names.shortNames = short
  else delete names.shortNames
  claim('kind', 'KindConflict')
  claim('listKind', 'ListKindConflict')
  if (asked.categories === undefined) delete names.categories
  else names.categories = asked.categories
  const condition: NewCondition =
    conflict === undefined
      ? {
          type: 'NamesAccepted',
          status: 'True',
          reason: 'NoConflicts',
          message: 'no conflicts found',
        }
      : { type: 'NamesAccepted', status: 'False', ...conflict }
  return { names, condition }
}

/**
 * The status of a definition beside the others of its group: names accepted, and established when they all are (the work of upstream's
 * naming and establishing controllers). `undefined` when it is as it should be.
 */
export function nextStatus(
  definition: Readonly<ApiObject>,
  others: readonly Readonly<ApiObject>[],
): JsonObject | undefined {
  const status = statusOf(definition)
  const { names, condition } = acceptNames(definition, takenBy(others))
  let conditions = withCondition(status.conditions ?? [], condition)
  if (conditionOf(definition, 'Established')?.status !== 'True') {
    const isAccepted = condition.status === 'True'
    conditions = withCondition(conditions, {
      type: 'Established',
      status: isAccepted ? 'True' : 'False',
      reason: isAccepted ? 'InitialNamesAccepted' : 'NotAccepted',
      message: isAccepted ? 'the initial names have been accepted' : 'not all names are accepted',
    })
  }
  const next = { ...status, acceptedNames: names, conditions }
  return isEqual(next, status) ? undefined : (next as JsonObject)
}
