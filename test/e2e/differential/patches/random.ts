import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import { parseGroupVersion } from '#apimachinery/meta/group-version.ts'
import { schemaOf } from '#apimachinery/patch/patch-schema.ts'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import { Random } from '../apply/random.ts'
import type { Case, Step } from '../area.ts'
import { type Base, bases, collectionOf } from './bases.ts'
import { jsonPatch, objectPatch, withoutDirectives } from './random-patch.ts'

const histories = 120
const length = 6

const scheme = new Scheme({ federation: false })

export const typeOf = (kind: 'strategic-merge' | 'merge' | 'json'): Record<string, string> => ({
  'content-type': `application/${kind}-patch+json`,
})

function patchStep(base: Base, dice: Random): Step {
  const path = `${collectionOf(base)}/x`
  const definition = scheme.definitionOf({ ...parseGroupVersion(base.apiVersion), kind: base.kind })
  const schema = schemaOf(scheme.definitions, definition ?? '')
  const { apiVersion: _v, kind: _k, ...object } = base.object
  const chance = dice.next()
  const request = { method: 'PATCH', path }
  if (chance > 0.85)
    return { ...request, headers: typeOf('json'), body: jsonPatch(base.object, dice) }
  const body = objectPatch(object, schema, dice)
  return chance > 0.7
    ? { ...request, headers: typeOf('merge'), body: withoutDirectives(body) }
    : { ...request, headers: typeOf('strategic-merge'), body }
}

/** One object and patches upon patches, as seeded dice have it. */
export const randomPatches = (): Case[] =>
  Array.from({ length: histories }, (_, seed) => {
    const dice = new Random(seed + 1000)
    const base = bases[seed % bases.length] as Base
    const body: JsonObject = base.object
    const patches = Array.from({ length }, () => patchStep(base, dice))
    return {
      name: `${base.kind} ${seed}`,
      steps: [{ method: 'POST', path: collectionOf(base), body }, ...patches],
    }
  })
