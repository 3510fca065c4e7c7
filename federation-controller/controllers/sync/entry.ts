import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { DesiredObject } from '../../federation/desired-object.ts'
import type { Placement } from '../../federation/placement-store.ts'

/** What this process knows of one copy beyond its row. */
export interface CopyMemory {
  /** Our last write, as long as the informer may not have seen it; cleared when it is seen deleted. */
  written: { readonly uid: string; readonly resourceVersion: string } | undefined
  /** A create may still be under way: its answer never came. */
  isUncertain: boolean
  /** During deletion: nothing of ours is there any more. */
  isGone: boolean
  /** Drift repaired in a row, and when last: who fights with us is answered ever more slowly. */
  repairs: number
  repairedAt: number
  /** Tries in a row that found a conflict, or no namespace. */
  waits: number
}

/** One federated object (one uid) while it is held in the federation. */
export interface Entry {
  readonly key: string
  source: ApiObject
  desired: DesiredObject
  placement: Placement
  /** Held already when this process saw it first: a process before may have sent creates that are still under way. */
  readonly isInherited: boolean
  /** Rows were decided that are not on record yet. */
  mustFlush: boolean
  /** Since when (monotonic ms) its copies are being taken back, and whether they shall stay. */
  deletion: { readonly since: number; readonly orphan: boolean } | undefined
  readonly copies: Map<string, CopyMemory>
}

export function copyMemory(entry: Entry, cluster: string): CopyMemory {
  let memory = entry.copies.get(cluster)
  if (memory === undefined) {
    memory = {
      written: undefined,
      isUncertain: false,
      isGone: false,
      repairs: 0,
      repairedAt: 0,
      waits: 0,
    }
    entry.copies.set(cluster, memory)
  }
  return memory
}

const calmMs = 10 * 60_000

/** Milliseconds to wait before drift is repaired again: none for the first three, then doubled up to a minute. */
export function repairDelayMs(memory: CopyMemory, now: number): number {
  if (now - memory.repairedAt > calmMs) memory.repairs = 0
  if (memory.repairs < 3) return 0
  const interval = Math.min(60_000, 1_000 * 2 ** (memory.repairs - 3))
  return Math.max(0, memory.repairedAt + interval - now)
}
