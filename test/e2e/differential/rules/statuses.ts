import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { applyMergePatch } from '#apimachinery/patch/merge-patch.ts'
import { structType } from '#apimachinery/scheme/field-types.ts'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { Area, Case, Step } from '../area.ts'
import { allTargets, changed, type Target } from '../raw/targets.ts'
import { mutated, mutationsOf } from './mutations.ts'

type Patches = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>

const patches = parse(readFileSync(new URL('statuses.yaml', import.meta.url), 'utf8')) as Patches

/** One rich status, and the same with one field of it changed, written to the status subresource. */
function caseOf(target: Target, name: string, patch: JsonObject): Case {
  const { definitions } = new Scheme({ federation: false })
  const { status, ...rest } = patch
  const object = applyMergePatch(target.object('a'), rest) as ApiObject
  const type = structType(definitions, target.info.definition).fields.get('status')?.type
  if (type?.kind !== 'struct') throw new Error(`${target.key} has no status`)
  const { definition } = type
  const found = mutationsOf(
    definitions,
    { definition, value: status, path: ['status'] },
    { skips: () => false },
  )
  const path = target.pathOf('a')
  const statusPath = `${path}/status`
  return {
    name: `${target.key} ${name}`,
    steps: [
      { title: 'create', method: 'POST', path: target.collection, body: object },
      (earlier) => ({
        title: 'status',
        method: 'PUT',
        path: statusPath,
        body: { ...changed(earlier[0], {}), status },
      }),
      ...[...found].map((m): Step => (earlier) => ({
        title: m.name,
        method: 'PUT',
        path: statusPath,
        query: { dryRun: 'All' },
        body: mutated({ ...changed(earlier[1], {}), status }, m),
      })),
      { title: 'delete', method: 'DELETE', path, query: { gracePeriodSeconds: 0 } },
    ],
  }
}

/** Statuses with one wrong field each. */
export const statuses: Area = {
  name: 'statuses',
  cases: () =>
    allTargets()
      .filter(({ info, sample }) => sample.unsettled !== true && info.subresources.has('status'))
      .flatMap((target) => {
        const { group, resource } = target.info
        const known = patches[group === '' ? resource : `${group}/${resource}`] ?? {}
        return Object.entries(known).map(([name, patch]) => caseOf(target, name, patch))
      }),
}
