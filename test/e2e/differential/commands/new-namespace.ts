import { eventually } from '../../../framework/eventually.ts'
import type { Side } from '../sides.ts'

/** Makes a namespace, and waits for what controllers put into it. */
export async function newNamespace(side: Side, name: string): Promise<void> {
  await side.http.send({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } })
  for (const path of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt'])
    await eventually(async () => {
      const { status } = await side.http.send({ path: `/api/v1/namespaces/${name}/${path}` })
      if (status !== 200) throw new Error(`${side.name}: ${name} has no ${path}`)
    })
}
