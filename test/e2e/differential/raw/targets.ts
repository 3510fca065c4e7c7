import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { applyMergePatch } from '#apimachinery/patch/merge-patch.ts'
import { type ResourceInfo, Scheme } from '#apimachinery/scheme/scheme.ts'
import { type Answer, objectOf } from '../area.ts'
import { type Sample, samples } from './samples.ts'

/** One served resource with a sample of it. */
export interface Target {
  /** `apps/v1/deployments`, `v1/pods` */
  readonly key: string
  readonly info: ResourceInfo
  readonly sample: Sample
  readonly collection: string
  /** `wish` tells the case's objects apart. */
  readonly nameOf: (wish: string) => string
  readonly pathOf: (wish: string) => string
  readonly object: (wish: string) => ApiObject
}

/** Finds the case's own objects in lists of cluster-wide resources. */
export const ownLabel = 'case'
export const ownSelector = `${ownLabel}={ns}`

function targetOf(info: ResourceInfo, sample: Sample): Target {
  const { group, version, resource, namespaced, kind } = info
  const apiVersion = group === '' ? version : `${group}/${version}`
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const collection = `${base}${namespaced ? '/namespaces/{ns}' : ''}/${resource}`
  const free = (wish: string): string => (namespaced ? wish : `{ns}-${wish}`)
  const nameOf = sample.name ?? free
  return {
    key: `${apiVersion}/${resource}`,
    info,
    sample,
    collection,
    nameOf,
    pathOf: (wish) => `${collection}/${nameOf(wish)}`,
    object: (wish) => ({
      apiVersion,
      kind,
      metadata: { name: nameOf(wish), labels: { [ownLabel]: '{ns}' } },
      ...sample.body,
    }),
  }
}

/** All stored resources that can be created, in every version. */
export function allTargets(): Target[] {
  return new Scheme({ federation: false }).resources.flatMap((info) => {
    const { group, resource, stored, verbs } = info
    if (!stored || !verbs.includes('create')) return []
    const sample = samples[group === '' ? resource : `${group}/${resource}`]
    if (sample === undefined) throw new Error(`no sample of ${group}/${resource}`)
    return [targetOf(info, sample)]
  })
}

export function targetNamed(key: string): Target {
  const found = allTargets().find((target) => target.key === key)
  if (found === undefined) throw new Error(`no resource ${key}`)
  return found
}

/** An answered object with a merge patch put into it. */
export const changed = (answer: Answer | undefined, patch: unknown): ApiObject =>
  applyMergePatch(objectOf(answer), patch) as ApiObject
