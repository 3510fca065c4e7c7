import { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { Area, Case, Step } from '../area.ts'
import { changed } from '../raw/targets.ts'
import { metadataMutations } from './metadata-mutations.ts'
import { type Bounds, type Mutation, mutated, mutationsOf } from './mutations.ts'
import { type RichTarget, richTargets } from './rich-targets.ts'

/** Mutations of one case: cases run beside each other. */
const perCase = 80

const dryRun = { dryRun: 'All' }
const podSpec = 'io.k8s.api.core.v1.PodSpec'
const podTemplate = 'io.k8s.api.core.v1.PodTemplateSpec'

/** Pod specs are mutated in Pods and once in a Deployment; elsewhere they are the same. */
const bounds = ({ target, key }: RichTarget): Bounds => ({
  skips: (definition, path) =>
    (definition === podSpec && target.info.resource !== 'pods' && !key.endsWith('rich')) ||
    (definition === podSpec && path.length > 3) ||
    (definition === podTemplate && path.length > 2),
})

function allMutations(rich: RichTarget): Mutation[] {
  const { definitions } = new Scheme({ federation: false })
  const { definition } = rich.target.info
  const found = [...mutationsOf(definitions, { definition, value: rich.object }, bounds(rich))]
  return rich.key.endsWith('plain') ? [...metadataMutations, ...found] : found
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size))
}

function casesOf(rich: RichTarget, steps: (mutations: readonly Mutation[]) => Step[]): Case[] {
  return chunks(allMutations(rich), perCase).map((some, i) => ({
    name: `${rich.key} ${i + 1}`,
    steps: steps(some),
  }))
}

/** Creates that nothing comes of: one field of a valid object is wrong. */
export const validation: Area = {
  name: 'validation',
  cases: () =>
    richTargets().flatMap((rich) =>
      casesOf(rich, (mutations) =>
        mutations.map((m) => ({
          title: m.name,
          method: 'POST',
          path: rich.target.collection,
          query: dryRun,
          body: mutated(rich.object, m),
        })),
      ),
    ),
}

/** Creates of valid objects: what the server fills in. */
export const defaulting: Area = {
  name: 'defaulting',
  cases: () =>
    richTargets().map(({ key, target, object }) => ({
      name: key,
      steps: [{ method: 'POST', path: target.collection, query: dryRun, body: object }],
    })),
}

/** Updates of one field each: what may not change. */
export const immutability: Area = {
  name: 'immutability',
  cases: () =>
    richTargets()
      .filter(
        ({ target }) => target.sample.unsettled !== true && target.info.verbs.includes('update'),
      )
      .flatMap((rich) => {
        const { collection, pathOf } = rich.target
        const path = pathOf('a')
        return casesOf(rich, (mutations) => [
          { title: 'create', method: 'POST', path: collection, body: rich.object },
          ...mutations.map((m): Step => (earlier) => ({
            title: m.name,
            method: 'PUT',
            path,
            query: dryRun,
            body: mutated(changed(earlier[0], {}), m),
          })),
          { title: 'delete', method: 'DELETE', path, query: { gracePeriodSeconds: 0 } },
        ])
      }),
}
