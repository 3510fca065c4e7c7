import type { AdmissionPlugin } from '../registry/admission.ts'
import { finalizerWarnings } from '../registry/warnings/finalizer-warnings.ts'
import { warningsOf } from '../registry/warnings/warnings.ts'

/** Says what is legal and surely not meant, of objects that are valid. */
export const warnings: AdmissionPlugin = {
  name: 'Warnings',
  validate({ resource, isCustom, subresource, object, old, warn }) {
    if (object === undefined) return
    const found =
      isCustom === true && subresource === ''
        ? finalizerWarnings(object, old)
        : warningsOf(resource, subresource, { object, old })
    for (const text of found) warn(text)
  },
}
