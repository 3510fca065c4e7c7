import type { AdmissionPlugin } from '../registry/admission.ts'
import { warningsOf } from '../registry/warnings/warnings.ts'

/** Says what is legal and surely not meant, of objects that are valid. */
export const warnings: AdmissionPlugin = {
  name: 'Warnings',
  validate({ resource, subresource, object, old, warn }) {
    if (subresource !== '' || object === undefined) return
    for (const text of warningsOf(resource, object, old)) warn(text)
  },
}
