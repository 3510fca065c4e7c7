import { describe, expect, it } from 'vitest'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { deploymentStatus } from './deployment-status.ts'
import type { MemberCopy } from './federated-type.ts'

const now = '2026-01-02T00:00:00Z'
const before = '2026-01-01T00:00:00Z'

const deployment = (generation: number, status?: JsonObject): ApiObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', generation },
  ...(status === undefined ? {} : { status }),
})

const condition = (type: string, status: string, reason: string, message = 'm'): JsonObject => ({
  type,
  status,
  reason,
  message,
})
const available = condition('Available', 'True', 'MinimumReplicasAvailable')
const settled = condition('Progressing', 'True', 'NewReplicaSetAvailable')

const copy = (
  cluster: string,
  status: JsonObject,
  { generation = 1, current = true }: { generation?: number; current?: boolean } = {},
): MemberCopy => ({ cluster, current, object: deployment(generation, status) })

const done = (replicas: number, conditions: JsonObject[] = [available, settled]): JsonObject => ({
  observedGeneration: 1,
  replicas,
  updatedReplicas: replicas,
  readyReplicas: replicas,
  availableReplicas: replicas,
  conditions,
})

const placed = { placed: undefined, refusals: [], away: [] }
const sum = (source: ApiObject, copies: MemberCopy[], complete = true) =>
  deploymentStatus({ source, copies, complete, now, ...placed })

const conditionsOf = (status: JsonObject | undefined): unknown => status?.['conditions']

describe('deploymentStatus', () => {
  it('sums counts, and leaves out zeros as Kubernetes does', () => {
    const status = sum(deployment(3), [
      copy('a', done(2)),
      copy('b', { ...done(3), readyReplicas: 1, availableReplicas: 0, unavailableReplicas: 3 }),
    ])
    expect(status).toMatchObject({
      observedGeneration: 3,
      replicas: 5,
      updatedReplicas: 5,
      readyReplicas: 3,
      availableReplicas: 2,
      unavailableReplicas: 3,
    })
    expect(sum(deployment(1), [copy('a', { observedGeneration: 1 })])).toEqual({
      observedGeneration: 1,
    })
  })

  it.each<[string, MemberCopy[], boolean, number | undefined]>([
    ['all have it and have seen it', [copy('a', done(2)), copy('b', done(2))], true, 5],
    ['one is to be written yet', [copy('a', done(2))], false, 4],
    ["one's controller has not seen its copy", [copy('a', done(2), { generation: 2 })], true, 4],
    ['nobody answers', [], false, 4],
  ])('observedGeneration when %s', (_, copies, complete, expected) => {
    const source = deployment(5, { observedGeneration: 4 })
    expect(sum(source, copies, complete)?.['observedGeneration']).toBe(expected)
  })

  it('says nothing before the first member does', () => {
    expect(sum(deployment(1), [], false)).toBeUndefined()
  })

  it('is available and settled when every cluster is', () => {
    const status = sum(deployment(1), [copy('a', done(1)), copy('b', done(1))])
    expect(conditionsOf(status)).toMatchObject([
      { type: 'Available', status: 'True', lastTransitionTime: now },
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
    ])
  })

  it('speaks with the cluster that is behind, and names it', () => {
    const late = condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'timed out')
    const missing = condition('Available', 'False', 'MinimumReplicasUnavailable', 'too few')
    const failing = condition('ReplicaFailure', 'True', 'FailedCreate', 'quota')
    const status = sum(deployment(1), [
      copy('a', done(1)),
      copy('b', done(1, [missing, late, failing])),
    ])
    expect(conditionsOf(status)).toMatchObject([
      { type: 'Available', status: 'False', message: 'b: too few' },
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'b: timed out',
      },
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'b: quota' },
    ])
  })

  it('does not call failed what is only paused', () => {
    const paused = condition('Progressing', 'Unknown', 'DeploymentPaused', 'paused')
    const late = condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'timed out')
    const progressing = (...found: JsonObject[]): unknown =>
      conditionsOf(
        sum(
          deployment(1),
          found.map((one, i) => copy(`c${i}`, done(1, [available, one]))),
        ),
      )
    expect(progressing(settled, paused)).toMatchObject([
      { type: 'Available' },
      { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused' },
    ])
    expect(progressing(paused, late)).toMatchObject([
      { type: 'Available' },
      { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
    ])
  })

  it('is still progressing while one cluster is', () => {
    const busy = condition('Progressing', 'True', 'ReplicaSetUpdated')
    const status = sum(deployment(1), [copy('a', done(1)), copy('b', done(1, [available, busy]))])
    expect(conditionsOf(status)).toMatchObject([
      { type: 'Available' },
      { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' },
    ])
  })

  it('keeps the times of conditions that have not changed', () => {
    const copies = [copy('a', done(1))]
    const first = deploymentStatus({
      source: deployment(1),
      copies,
      complete: true,
      now: before,
      ...placed,
    })
    const second = sum(deployment(1, first), copies)
    expect(second).toEqual(first)
  })

  describe('placement', () => {
    const unplaced = {
      type: 'Placed',
      status: 'False',
      reason: 'ReplicasUnplaced',
      message: '3 of 5 replicas have no place: a may have 2 at most',
      lastTransitionTime: before,
    } as const
    const wholly = { ...unplaced, status: 'True', reason: 'Placed', message: '' } as const
    const of = (replicas: number, status?: JsonObject): ApiObject => ({
      ...deployment(1, status),
      spec: { replicas },
    })
    const input = { copies: [copy('a', done(2))], complete: true, now, refusals: [], away: [] }

    it('that is not whole is a condition, and so is that too few replicas are available', () => {
      const status = deploymentStatus({ ...input, source: of(5), placed: unplaced })
      expect(status).toMatchObject({ observedGeneration: 1, replicas: 2 })
      const { message } = unplaced
      expect(conditionsOf(status)).toMatchObject([
        { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
        { type: 'Placed', status: 'False', message, lastUpdateTime: now, lastTransitionTime: now },
      ])
    })

    it('may miss what a rollout may miss, and is available', () => {
      const source = of(2)
      source.spec = { replicas: 3, strategy: { rollingUpdate: { maxUnavailable: 1 } } }
      const status = deploymentStatus({ ...input, source, placed: unplaced })
      expect(conditionsOf(status)).toMatchObject([
        { type: 'Available', status: 'True' },
        { type: 'Progressing' },
        { type: 'Placed', status: 'False' },
      ])
    })

    it('that is whole again says so, with the other conditions', () => {
      const first = deploymentStatus({ ...input, source: of(5), placed: unplaced, now: before })
      const status = deploymentStatus({ ...input, source: of(2, first), placed: wholly })
      expect(conditionsOf(status)).toMatchObject([
        { type: 'Available', status: 'True', lastTransitionTime: now },
        { type: 'Progressing', status: 'True', lastTransitionTime: before },
        { type: 'Placed', status: 'True', reason: 'Placed', lastTransitionTime: now },
      ])
      // As it is stored, without what is empty, there is nothing to write again.
      const stored = JSON.parse(
        JSON.stringify(status, (_, value) => (value === '' ? undefined : value)),
      )
      const again = deploymentStatus({ ...input, source: of(2, stored), placed: wholly })
      expect(again).toStrictEqual(stored)
    })

    it('that is whole is no news before a member has some, but that nothing is placed is', () => {
      const nowhere = { ...input, source: of(5), copies: [], complete: false }
      expect(deploymentStatus({ ...nowhere, placed: wholly })).toBeUndefined()
      expect(conditionsOf(deploymentStatus({ ...nowhere, placed: unplaced }))).toMatchObject([
        { type: 'Available', status: 'False' },
        { type: 'Placed', status: 'False' },
      ])
    })

    it('in a cluster that is away counts for nothing', () => {
      const status = deploymentStatus({ ...input, source: of(4), placed: wholly, away: ['b'] })
      const message = 'b: the cluster is not Ready, and its replicas are not counted'
      expect(conditionsOf(status)).toMatchObject([
        { type: 'Available', status: 'False', message },
        { type: 'Progressing', status: 'True' },
        { type: 'Placed', status: 'True' },
      ])
    })

    it('that a member refuses is a failure of replicas', () => {
      const refusals = [
        { cluster: 'b', reason: 'AlreadyExists', message: '"web" is there already' },
      ]
      const status = deploymentStatus({ ...input, source: of(4), placed: wholly, refusals })
      const message = 'b: "web" is there already'
      expect(conditionsOf(status)).toMatchObject([
        { type: 'Available', status: 'False', message },
        { type: 'Progressing', status: 'True' },
        { type: 'ReplicaFailure', status: 'True', reason: 'AlreadyExists', message },
        { type: 'Placed', status: 'True' },
      ])
    })
  })
})
