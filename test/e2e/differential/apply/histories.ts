import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Area, Case, Step } from '../area.ts'
import { objectOf } from '../area.ts'
import { type Kind, kinds, metadataPart } from './configurations.ts'
import { applyRequest } from './requests.ts'
import { Random } from './random.ts'

const histories = 240
const length = 12
const managers = ['one', 'two', 'three'] as const
const merge = { 'content-type': 'application/merge-patch+json' }

const configuration = (kind: Kind, random: Random): JsonObject => {
  const metadata = { name: 'x', ...metadataPart(random) }
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata, ...kind.part(random) }
}

/** One write by one of three managers. */
function randomStep(kind: Kind, random: Random, at: number): Step {
  const path = `${kind.collection}/x`
  const fieldManager = random.one(managers)
  const dice = random.next()
  if (dice < 0.6) {
    const force = random.chance(0.4) ? { force: true } : {}
    return applyRequest(path, { fieldManager, ...force }, configuration(kind, random))
  }
  if (dice < 0.72) {
    const { apiVersion: _v, kind: _k, ...body } = configuration(kind, random)
    return { method: 'PATCH', path, query: { fieldManager }, headers: merge, body }
  }
  if (dice < 0.82) {
    const { labels } = metadataPart(random)
    // A PUT of what was read, with other labels.
    return (earlier) => {
      const last = earlier.findLast((answer) => objectOf(answer).kind === kind.kind)
      const live = objectOf(last)
      const { resourceVersion: _rv, ...metadata } = live.metadata
      const body = { ...live, metadata: { ...metadata, labels } }
      return { method: 'PUT', path, query: { fieldManager }, body }
    }
  }
  if (dice < 0.9 && kind.status !== undefined) {
    const body = {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: { name: 'x' },
      ...kind.status(random),
    }
    return applyRequest(`${path}/status`, { fieldManager, force: random.chance(0.5) }, body)
  }
  if (kind.scales === true) {
    // Another count each time: docs/compatibility.md on scaling to the count that is there.
    const body = { spec: { replicas: 10 + at } }
    return { method: 'PATCH', path: `${path}/scale`, query: { fieldManager }, headers: merge, body }
  }
  return { path }
}

function history(seed: number): Case {
  const random = new Random(seed)
  const kind = kinds[seed % kinds.length] as Kind
  const metadata = { name: 'x', ...metadataPart(random) }
  const whole = { apiVersion: kind.apiVersion, kind: kind.kind, metadata, ...kind.base }
  const fieldManager = random.one(managers)
  const first: Step = random.chance(0.6)
    ? applyRequest(`${kind.collection}/x`, { fieldManager }, whole)
    : { method: 'POST', path: kind.collection, query: { fieldManager }, body: whole }
  const steps = Array.from({ length: length - 1 }, (_, i) => randomStep(kind, random, i))
  return { name: `${kind.kind} ${seed}`, steps: [first, ...steps] }
}

/** Three managers write to one object, as seeded dice have it. */
export const applyHistories: Area = {
  name: 'apply-histories',
  cases: () => Array.from({ length: histories }, (_, seed) => history(seed)),
}
