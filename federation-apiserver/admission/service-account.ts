import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { AdmissionPlugin } from '../registry/admission.ts'

/** Pods of a member run as the ServiceAccount `default` when they name none. No token is mounted: nothing here runs containers. */
export const serviceAccountDefault: AdmissionPlugin = {
  name: 'ServiceAccount',
  admit({ operation, resource, subresource, object }) {
    if (operation !== 'CREATE' || resource.group !== '' || resource.resource !== 'pods') return
    if (subresource !== '' || object === undefined) return
    const spec: JsonObject = object.spec ?? {}
    const given = spec['serviceAccountName'] ?? spec['serviceAccount']
    const name = typeof given === 'string' && given !== '' ? given : 'default'
    object.spec = { ...spec, serviceAccountName: name, serviceAccount: name }
  },
}
