import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { allTargets, type Target } from '../raw/targets.ts'

/** A valid object of a resource. */
export interface RichTarget {
  /** `apps/v1/deployments rich` */
  readonly key: string
  readonly target: Target
  readonly object: ApiObject
}

type Bodies = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>

const rich = parse(readFileSync(new URL('rich.yaml', import.meta.url), 'utf8')) as Bodies

/** Every resource: its plain sample, and its rich ones. autoscaling/v1 has the fields that its plain sample has. */
export function richTargets(): RichTarget[] {
  return allTargets().flatMap((target) => {
    const { group, version, resource } = target.info
    const known = rich[group === '' ? resource : `${group}/${resource}`] ?? {}
    const bodies = group === 'autoscaling' && version === 'v1' ? {} : known
    const { apiVersion, kind, metadata } = target.object('a')
    const plain = { key: `${target.key} plain`, target, object: target.object('a') }
    const others = Object.entries(bodies).map(([name, body]) => ({
      key: `${target.key} ${name}`,
      target,
      object: { apiVersion, kind, metadata, ...body } as ApiObject,
    }))
    return [plain, ...others]
  })
}
