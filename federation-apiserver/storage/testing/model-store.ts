import type { BackendEvent, KeyValue } from '../backend.ts'

/** A whole history kept naively: what every Backend must look like from outside. */
export class ModelStore {
  readonly events: BackendEvent[] = []

  put(key: string, value: Buffer, revision: number): void {
    const previous = this.get(key)
    const createRevision = previous?.createRevision ?? revision
    this.events.push({ type: 'PUT', key, revision, value, createRevision })
  }

  delete(key: string, revision: number): void {
    this.events.push({ type: 'DELETE', key, revision })
  }

  get(key: string, revision = Infinity): KeyValue | undefined {
    const event = this.events.findLast((e) => e.key === key && e.revision <= revision)
    if (event?.value === undefined) return undefined
    const { value, createRevision = 0, revision: modRevision } = event
    return { key, value, modRevision, createRevision }
  }

  /** The keys under a prefix as they were, in bytewise order. */
  range(prefix: string, revision: number): KeyValue[] {
    const keys = new Set(this.events.map((e) => e.key).filter((key) => key.startsWith(prefix)))
    return [...keys]
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((key) => this.get(key, revision))
      .filter((kv) => kv !== undefined)
  }

  since(prefix: string, revision: number): BackendEvent[] {
    return this.events.filter((e) => e.key.startsWith(prefix) && e.revision > revision)
  }
}
