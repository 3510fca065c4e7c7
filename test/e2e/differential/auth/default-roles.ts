import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { eventually } from '../../../framework/eventually.ts'
import type { Area, OwnPair } from '../area.ts'
import type { Side } from '../sides.ts'
import { rbac } from './requests.ts'

const kinds = ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings']

/** Roles of the federation's own programs and kinds come besides (docs/compatibility.md). */
const isOwn = ({ metadata }: ApiObject): boolean => metadata.name.includes('federation')

async function bootstrapped(side: Side, kind: string): Promise<Map<string, ApiObject>> {
  const { body } = await side.http.send({
    path: `${rbac}/${kind}`,
    query: { labelSelector: 'kubernetes.io/bootstrapping=rbac-defaults' },
  })
  const { items } = body as { items: ApiObject[] }
  return new Map(
    items
      .filter((item) => !isOwn(item))
      .map((item) => [`${item.metadata.namespace ?? ''}/${item.metadata.name}`, item]),
  )
}

/** Without rules on the federation's group, and without the order in which a server made them and who it says it is then. */
function comparable(object: ApiObject | undefined): unknown {
  if (object === undefined) return undefined
  const { managedFields: _, resourceVersion: __, ...metadata } = object.metadata
  const rules = (object['rules'] as { apiGroups?: string[] }[] | null | undefined)?.filter(
    (one) => one.apiGroups?.includes('federation') !== true,
  )
  return { ...object, metadata, ...(rules && { rules }) }
}

/** When the aggregated roles have what they add up to: each takes in the one before. */
async function filled(side: Side): Promise<void> {
  const rulesOf = async (name: string): Promise<string[]> => {
    const { body } = await side.http.send({ path: `${rbac}/clusterroles/${name}` })
    return ((body as { rules?: object[] | null }).rules ?? []).map((one) => JSON.stringify(one))
  }
  await eventually(async () => {
    const [view = [], edit = [], admin = []] = await Promise.all(
      ['view', 'edit', 'admin'].map(rulesOf),
    )
    const grows = (less: readonly string[], more: readonly string[]): boolean =>
      more.length > less.length && less.every((one) => more.includes(one))
    if (view.length === 0 || !grows(view, edit) || !grows(edit, admin))
      throw new Error(`${side.name}: the aggregated roles are not filled`)
  })
}

/** The roles and bindings that a server has of itself; with controllers, so that aggregated ones are filled. */
export const defaultRoles: Area = {
  name: 'default-roles',
  controllers: true,
  async run({ real, ours, wants, report }) {
    await Promise.all([real, ours].map(filled))
    for (const kind of kinds.filter(wants)) {
      const theirs = await bootstrapped(real, kind)
      const own = await bootstrapped(ours, kind)
      const names = [...new Set([...theirs.keys(), ...own.keys()])].sort()
      const pairs = names.map((step): OwnPair => {
        const [here, there] = [own.get(step), theirs.get(step)]
        return { step, real: comparable(there), ours: comparable(here) }
      })
      report(kind, pairs)
    }
  },
}
