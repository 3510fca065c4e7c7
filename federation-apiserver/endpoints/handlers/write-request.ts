import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import type { WriteOptions } from '../../registry/store-context.ts'
import type { DeletionRequest } from '../../registry/strategy.ts'
import type { ApiResponse } from '../exchange.ts'
import type { ServedResource } from '../served-resource.ts'

/** What a write takes with it into the store, from the request as the filters left it. */
export function writeRequest(
  served: ServedResource,
  res: ApiResponse,
  dryRun: boolean,
): WriteOptions & { readonly subresource: string } {
  const { locals } = res
  const { info, user, warnings } = locals
  const namespace = served.info.namespaced ? info.namespace : ''
  const { subresource, name, verb } = info
  return {
    namespace,
    subresource,
    user,
    dryRun,
    request: locals,
    gate: served.admission.gate({
      verb,
      resource: served.store.resource,
      isCustom: served.scheme.structuralOf(served.info) !== undefined,
      subresource,
      namespace,
      name,
      user,
      dryRun,
      warn: (text) => warnings.add(text),
    }),
  }
}

/** Some dependents stay by themselves; who did not say that it is meant is told. */
export function warnOfOrphans(
  { store }: ServedResource,
  res: ApiResponse,
  { propagationPolicy }: DeletionRequest,
): void {
  const { orphansWarning } = store.strategy
  if (orphansWarning !== undefined && propagationPolicy === undefined)
    res.locals.warnings.add(orphansWarning)
}

/** The name that a request is about; cluster-scoped objects have namespace ''. */
export function refOf(served: ServedResource, res: ApiResponse) {
  const { namespace, name } = res.locals.info
  const problem = name === '.' || name === '..' ? `be '${name}'` : undefined
  const why = problem ?? (name.includes('%') ? "contain '%'" : undefined)
  if (why !== undefined) {
    throw newBadRequest(`Name parameter invalid: ${JSON.stringify(name)}: may not ${why}`)
  }
  return { namespace: served.info.namespaced ? namespace : '', name }
}
