import { isDeepStrictEqual } from 'node:util'
import type { PodTemplate } from './workload.ts'

export const templateHashLabel = 'pod-template-hash'

/** Letters that spell no words, as Kubernetes uses them in generated names. */
const letters = 'bcdfghjklmnpqrstvwxz2456789'

/** A short name for a template: equal templates and collision counts give equal names (FNV-1a, 32 bits, of the canonical JSON). */
export function templateHash(template: PodTemplate, collisionCount: number): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(`${canonical(template)}${collisionCount}`)) {
    hash ^= byte
    hash = Math.imul(hash, 0x01000193)
  }
  const digits = (hash >>> 0).toString()
  return Array.from(digits, (digit) => letters[digit.charCodeAt(0) % letters.length]).join('')
}

/** Whether both describe the same pods; the hash label, which a ReplicaSet adds, does not count. */
export const isSameTemplate = (a: PodTemplate | undefined, b: PodTemplate | undefined): boolean =>
  isDeepStrictEqual(withoutHash(a), withoutHash(b))

function withoutHash(template: PodTemplate = {}): unknown {
  const { [templateHashLabel]: _, ...labels } = template.metadata?.labels ?? {}
  return {
    labels,
    annotations: template.metadata?.annotations ?? {},
    spec: template.spec ?? {},
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`
}
