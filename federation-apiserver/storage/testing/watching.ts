import type { Backend, BackendEvent, KeyValue } from '../backend.ts'

/** Events in a form to compare: values as text, the optional previous state left out. */
export const comparable = (events: readonly BackendEvent[]): unknown[] =>
  events.map(({ type, key, revision, value, createRevision }) => ({
    type,
    key,
    revision,
    ...(value && { value: value.toString('latin1'), createRevision }),
  }))

export const comparableKeyValue = ({
  key,
  value,
  modRevision,
  createRevision,
}: KeyValue): unknown => ({
  key,
  value: value.toString('latin1'),
  modRevision,
  createRevision,
})

/** Watches from a revision until everything up to `until` has come. */
export async function collect(
  backend: Backend,
  { prefix = '', since, until }: { prefix?: string; since: number; until: number },
): Promise<BackendEvent[]> {
  const events: BackendEvent[] = []
  if (since >= until) return events
  const controller = new AbortController()
  for await (const batch of backend.watchSince(prefix, since, controller.signal)) {
    events.push(...batch.events)
    if (batch.revision >= until || (batch.events.at(-1)?.revision ?? 0) >= until) break
  }
  controller.abort()
  return events
}

/** Runs a task for 0 … count - 1, at most `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  task: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: width }, lane))
}
