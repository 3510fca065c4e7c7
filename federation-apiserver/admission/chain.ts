import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Awaitable } from '#apimachinery/meta/awaitable.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import type { WriteGate } from '../registry/store-context.ts'

/** One request's write, before its object is known. */
export type AdmissionRequest = Omit<AdmissionAttributes, 'operation' | 'object' | 'old'>

export interface Admission {
  /** Binds the chain to one request. Throws whatever the first plugin that refuses throws. */
  gate(request: AdmissionRequest): WriteGate
}

/** One after the other; waits for those only that are not done at once. */
function inTurn(
  plugins: readonly AdmissionPlugin[],
  what: 'admit' | 'validate',
  attributes: AdmissionAttributes,
): Awaitable<void> {
  for (let i = 0; i < plugins.length; i++) {
    const plugin = plugins[i]
    if (plugin?.concerns?.(attributes) === false) continue
    const running = plugin?.[what]?.(attributes)
    if (running instanceof Promise)
      return running.then(() => inTurn(plugins.slice(i + 1), what, attributes))
  }
}

/** All plugins change, in the order given; then, when the object is final, all plugins judge. */
export function createAdmission(plugins: readonly AdmissionPlugin[]): Admission {
  const admitting = plugins.filter((p) => p.admit !== undefined)
  const validating = plugins.filter((p) => p.validate !== undefined)

  const admitAll = (attributes: AdmissionAttributes) => inTurn(admitting, 'admit', attributes)
  const validateAll = (attributes: AdmissionAttributes) =>
    inTurn(validating, 'validate', attributes)

  const attributes = (
    request: AdmissionRequest,
    object: ApiObject,
    old: Readonly<ApiObject> | undefined,
  ): AdmissionAttributes => {
    const name = object.metadata.name ?? request.name
    if (old === undefined) return { ...request, name, operation: 'CREATE', object }
    return { ...request, name, operation: 'UPDATE', object, old }
  }

  return {
    gate: (request) => ({
      admit: (object, old) => admitAll(attributes(request, object, old)),
      validate: (object, old) => validateAll(attributes(request, object, old)),
      release: async (old) => {
        const all: AdmissionAttributes = { ...request, operation: 'DELETE', old }
        await admitAll(all)
        await validateAll(all)
      },
    }),
  }
}
