/** metav1-like condition of a Namespace. */
export interface NamespaceCondition {
  type: string
  status: 'True' | 'False'
  lastTransitionTime?: string
  reason: string
  message: string
}

/** What is still there of one resource after everything was asked to go. */
export interface RemainingContent {
  readonly groupResource: string
  readonly count: number
  /** Finalizers on the remaining objects, with how many objects have each. */
  readonly finalizers: ReadonlyMap<string, number>
}

export interface DeletionOutcome {
  /** Group versions whose resources could not be discovered. */
  readonly discoveryFailures: readonly string[]
  /** Resources whose content could not be listed or deleted, with the reason. */
  readonly contentFailures: readonly string[]
  readonly remaining: readonly RemainingContent[]
}

interface Wording {
  type: string
  failed: boolean
  reason: [bad: string, good: string]
  message: [bad: string, good: string]
}

/** The five conditions of a Namespace that is being deleted, in Kubernetes' words; transition times are kept from `previous` where the status is the same. */
export function deletionConditions(
  outcome: DeletionOutcome,
  previous: readonly NamespaceCondition[],
  now: string,
): NamespaceCondition[] {
  const ours = wordings(outcome).map(({ type, failed, reason, message }): NamespaceCondition => {
    const status = failed ? 'True' : 'False'
    const before = previous.find((condition) => condition.type === type)
    const since = before?.status === status ? before.lastTransitionTime : now
    return {
      type,
      status,
      lastTransitionTime: since ?? now,
      reason: failed ? reason[0] : reason[1],
      message: failed ? message[0] : message[1],
    }
  })
  const types = new Set(ours.map(({ type }) => type))
  return [...previous.filter(({ type }) => !types.has(type)), ...ours]
}

function wordings({ discoveryFailures, contentFailures, remaining }: DeletionOutcome): Wording[] {
  const finalizers = sumFinalizers(remaining)
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      failed: discoveryFailures.length > 0,
      reason: ['DiscoveryFailed', 'ResourcesDiscovered'],
      message: [
        `Discovery failed for some groups, ${discoveryFailures.length} failing: ${discoveryFailures.join(', ')}`,
        'All resources successfully discovered',
      ],
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      failed: false,
      reason: ['GroupVersionParsingFailed', 'ParsedGroupVersions'],
      message: ['', 'All legacy kube types successfully parsed'],
    },
    {
      type: 'NamespaceDeletionContentFailure',
      failed: contentFailures.length > 0,
      reason: ['ContentDeletionFailed', 'ContentDeleted'],
      message: [
        `Failed to delete all resource types, ${contentFailures.length} remaining: ${contentFailures.join(', ')}`,
        'All content successfully deleted, may be waiting on finalization',
      ],
    },
    {
      type: 'NamespaceContentRemaining',
      failed: remaining.length > 0,
      reason: ['SomeResourcesRemain', 'ContentRemoved'],
      message: [
        `Some resources are remaining: ${remaining.map((r) => `${r.groupResource} has ${r.count} resource instances`).join(', ')}`,
        'All content successfully removed',
      ],
    },
    {
      type: 'NamespaceFinalizersRemaining',
      failed: finalizers.size > 0,
      reason: ['SomeFinalizersRemain', 'ContentHasNoFinalizers'],
      message: [
        `Some content in the namespace has finalizers remaining: ${[...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).join(', ')}`,
        'All content-preserving finalizers finished',
      ],
    },
  ]
}

function sumFinalizers(remaining: readonly RemainingContent[]): Map<string, number> {
  const sum = new Map<string, number>()
  for (const { finalizers } of remaining)
    for (const [name, count] of finalizers) sum.set(name, (sum.get(name) ?? 0) + count)
  return new Map([...sum].sort(([a], [b]) => (a < b ? -1 : 1)))
}
