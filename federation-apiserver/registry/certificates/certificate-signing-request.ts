import { specField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'

/** Who asks for a certificate is written by the server, never by the client, and nothing of the request changes later. */
export const certificateSigningRequestStrategy: Strategy = {
  group: 'certificates.k8s.io',
  resource: 'certificatesigningrequests',
  fields: { 'spec.signerName': specField('signerName') },
  prepareForCreate(object, { user }) {
    const { uid: _uid, extra: _extra, ...spec } = object.spec ?? {}
    object.spec = {
      ...spec,
      username: user.name,
      groups: [...user.groups],
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    }
  },
  prepareForUpdate(object, old) {
    object.spec = { ...old.spec }
  },
}
