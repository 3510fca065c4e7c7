import { identityOf, type Manager, type Managers } from './managers.ts'

const maxUpdateManagers = 10
const bucketName = 'ancient-changes'

/** Keeps the entries of updates few: the oldest of a version become one (upstream's capManagersManager). */
export function capManagers(managers: Managers): void {
  const updaters = [...managers.entries()].filter(([, one]) => one.operation === 'Update')
  let count = updaters.length
  if (count <= maxUpdateManagers) return
  updaters.sort(([a, x], [b, y]) => {
    const [s, t] = [x.time ?? '', y.time ?? '']
    return s === t ? (a < b ? -1 : 1) : s < t ? -1 : 1
  })
  const firsts = new Map<string, string>()
  for (const [identity, updater] of updaters) {
    if (count <= maxUpdateManagers) return
    const { apiVersion } = updater
    const first = firsts.get(apiVersion)
    if (first === undefined) {
      firsts.set(apiVersion, identity)
      continue
    }
    const empty = { manager: bucketName, operation: 'Update', apiVersion, subresource: '' } as const
    const bucket = identityOf(empty)
    const old: Manager | undefined = managers.get(bucket) ?? managers.get(first)
    if (!managers.has(bucket)) managers.delete(first)
    managers.set(bucket, {
      ...empty,
      time: updater.time,
      fields: old === undefined ? updater.fields : updater.fields.union(old.fields),
    })
    managers.delete(identity)
    count--
  }
}
