import { describe, expect, it } from 'vitest'
import { deploymentStatus, progressDeadlineMs } from './deployment-status.ts'
import type {
  Deployment,
  ReplicaSet,
} from '../../../federation-controller/controllers/revision/workload.ts'

const now = '2026-01-02T03:04:05Z'
const earlier = '2026-01-02T03:00:00Z'
const labels = { app: 'web' }

const deployment = (replicas: number, status?: Deployment['status']): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', generation: 3 },
  spec: { replicas, selector: { matchLabels: labels }, template: {}, progressDeadlineSeconds: 60 },
  ...(status === undefined ? {} : { status }),
})

const set = (name: string, replicas: number, ready = replicas): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name, namespace: 'shop' },
  spec: { replicas, selector: { matchLabels: labels } },
  status: { replicas, readyReplicas: ready, availableReplicas: ready },
})

const statusOf = (from: Deployment, current: ReplicaSet | undefined, old: ReplicaSet[] = []) =>
  deploymentStatus({ deployment: from, current, old, maxUnavailable: 1, collisionCount: 0, now })

const conditionsOf = (...args: Parameters<typeof statusOf>): Record<string, string> =>
  Object.fromEntries(
    (statusOf(...args).conditions ?? []).map(({ type, status, reason }) => [
      type,
      `${status} ${reason}`,
    ]),
  )

describe('deploymentStatus', () => {
  it('sums its sets up', () => {
    expect(statusOf(deployment(4), set('n', 2, 1), [set('o', 3)])).toMatchObject({
      observedGeneration: 3,
      replicas: 5,
      updatedReplicas: 2,
      readyReplicas: 4,
      availableReplicas: 4,
      unavailableReplicas: 1,
    })
  })

  it.each<[string, Parameters<typeof statusOf>, string, string]>([
    [
      'complete',
      [deployment(2), set('n', 2)],
      'True MinimumReplicasAvailable',
      'True NewReplicaSetAvailable',
    ],
    [
      'just begun',
      [deployment(4), undefined],
      'False MinimumReplicasUnavailable',
      'True ReplicaSetUpdated',
    ],
    [
      'old pods are still there',
      [deployment(2), set('n', 2), [set('o', 1)]],
      'True MinimumReplicasAvailable',
      'True ReplicaSetUpdated',
    ],
    [
      'one may be missing',
      [deployment(4), set('n', 4, 3)],
      'True MinimumReplicasAvailable',
      'True ReplicaSetUpdated',
    ],
    [
      'paused',
      [{ ...deployment(2), spec: { ...deployment(2).spec, paused: true } }, set('n', 1)],
      'True MinimumReplicasAvailable',
      'Unknown DeploymentPaused',
    ],
  ])('%s', (_, args, Available, Progressing) => {
    expect(conditionsOf(...args)).toEqual({ Available, Progressing })
  })

  const stuck = (lastUpdateTime: string, reason = 'ReplicaSetUpdated') =>
    deployment(4, {
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [
        {
          type: 'Progressing',
          status: 'True',
          reason,
          lastUpdateTime,
          lastTransitionTime: earlier,
        },
      ],
    })

  it.each([
    ['no progress for too long', stuck(earlier), 'False ProgressDeadlineExceeded'],
    ['no progress yet', stuck('2026-01-02T03:04:00Z'), 'True ReplicaSetUpdated'],
  ])('%s', (_, from, Progressing) => {
    expect(conditionsOf(from, set('n', 4, 3))).toMatchObject({ Progressing })
  })

  it.each([
    ['complete', 2],
    ['under way', 1],
  ])('is the same again when nothing has changed: %s', (_, ready) => {
    const first = statusOf(deployment(2), set('n', 2, ready))
    const again = deploymentStatus({
      deployment: deployment(2, first),
      current: set('n', 2, ready),
      old: [],
      maxUnavailable: 1,
      collisionCount: 0,
      now: '2026-01-02T03:04:35Z',
    })
    expect(again).toEqual(first)
  })

  it.each([
    ['complete', 2, undefined],
    ['under way', 1, 61_000],
  ])('has a deadline while a rollout is under way: %s', (_, ready, deadline) => {
    const status = statusOf(deployment(2), set('n', 2, ready))
    expect(progressDeadlineMs(deployment(2, status), new Date(now))).toBe(deadline)
  })
})
