import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../registry/admission.ts'
import type { WriteGate } from '../registry/store-context.ts'

/** One request's write, before its object is known. */
export type AdmissionRequest = Omit<AdmissionAttributes, 'operation' | 'object' | 'old'>

export interface Admission {
  /** Binds the chain to one request. Throws whatever the first plugin that refuses throws. */
  gate(request: AdmissionRequest): WriteGate
}

/** All plugins change, in the order given; then, when the object is final, all plugins judge. */
export function createAdmission(plugins: readonly AdmissionPlugin[]): Admission {
  const admitting = plugins.filter((p) => p.admit !== undefined)
  const validating = plugins.filter((p) => p.validate !== undefined)

  const attributes = (
    request: AdmissionRequest,
    object: ApiObject,
    old: Readonly<ApiObject> | undefined,
  ): AdmissionAttributes => ({
    ...request,
    name: object.metadata.name ?? request.name,
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    object,
    ...(old === undefined ? {} : { old }),
  })

  return {
    gate: (request) => ({
      admit: async (object, old) => {
        const all = attributes(request, object, old)
        for (const plugin of admitting) await plugin.admit?.(all)
      },
      validate: async (object, old) => {
        const all = attributes(request, object, old)
        for (const plugin of validating) await plugin.validate?.(all)
      },
      release: async (old) => {
        const all: AdmissionAttributes = { ...request, operation: 'DELETE', old }
        for (const plugin of admitting) await plugin.admit?.(all)
        for (const plugin of validating) await plugin.validate?.(all)
      },
    }),
  }
}
