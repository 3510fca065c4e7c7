import { describe, expect, it } from 'vitest'
import { deletionConditions, type DeletionOutcome, type NamespaceCondition } from './conditions.ts'

const now = '2026-01-02T03:04:05Z'
const clean: DeletionOutcome = { discoveryFailures: [], contentFailures: [], remaining: [] }

const facts = (conditions: readonly NamespaceCondition[]): Record<string, string> =>
  Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]))

describe('deletionConditions', () => {
  it.each<[string, Partial<DeletionOutcome>, Record<string, string>]>([
    ['all went well', {}, {}],
    [
      'a group could not be asked',
      { discoveryFailures: ['metrics.k8s.io/v1beta1: status 503'] },
      { NamespaceDeletionDiscoveryFailure: 'True DiscoveryFailed' },
    ],
    [
      'a resource could not be deleted',
      { contentFailures: ['pods: status 500'] },
      { NamespaceDeletionContentFailure: 'True ContentDeletionFailed' },
    ],
    [
      'something remains',
      { remaining: [{ groupResource: 'pods', count: 2, finalizers: new Map() }] },
      { NamespaceContentRemaining: 'True SomeResourcesRemain' },
    ],
    [
      'something with finalizers remains',
      {
        remaining: [
          { groupResource: 'pods', count: 2, finalizers: new Map([['example.test/a', 1]]) },
        ],
      },
      {
        NamespaceContentRemaining: 'True SomeResourcesRemain',
        NamespaceFinalizersRemaining: 'True SomeFinalizersRemain',
      },
    ],
  ])('%s', (_, outcome, expected) => {
    expect(facts(deletionConditions({ ...clean, ...outcome }, [], now))).toEqual({
      NamespaceDeletionDiscoveryFailure: 'False ResourcesDiscovered',
      NamespaceDeletionGroupVersionParsingFailure: 'False ParsedGroupVersions',
      NamespaceDeletionContentFailure: 'False ContentDeleted',
      NamespaceContentRemaining: 'False ContentRemoved',
      NamespaceFinalizersRemaining: 'False ContentHasNoFinalizers',
      ...expected,
    })
  })

  it('says what remains and what holds it, summed over resources', () => {
    const remaining = [
      { groupResource: 'pods', count: 2, finalizers: new Map([['b.test/x', 2]]) },
      {
        groupResource: 'deployments.apps',
        count: 1,
        finalizers: new Map([
          ['b.test/x', 1],
          ['a.test/y', 1],
        ]),
      },
    ]
    const messages = deletionConditions({ ...clean, remaining }, [], now).map((c) => c.message)
    expect(messages).toContain(
      'Some resources are remaining: pods has 2 resource instances, deployments.apps has 1 resource instances',
    )
    expect(messages).toContain(
      'Some content in the namespace has finalizers remaining: a.test/y in 1 resource instances, b.test/x in 3 resource instances',
    )
  })

  it('keeps foreign conditions, and the time of a status that has not changed', () => {
    const earlier = '2026-01-01T00:00:00Z'
    const foreign: NamespaceCondition = { type: 'Other', status: 'True', reason: 'R', message: 'm' }
    const before = [foreign, ...deletionConditions(clean, [], earlier)]
    const remaining = [{ groupResource: 'pods', count: 1, finalizers: new Map() }]
    const after = deletionConditions({ ...clean, remaining }, before, now)
    expect(after).toContainEqual(foreign)
    expect(
      Object.fromEntries(after.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])),
    ).toMatchObject({
      NamespaceContentRemaining: now,
      NamespaceFinalizersRemaining: earlier,
    })
  })
})
