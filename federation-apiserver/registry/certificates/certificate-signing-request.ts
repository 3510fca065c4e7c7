import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'
import { specField } from '../field-label.ts'
import type { Strategy } from '../strategy.ts'

interface Decision {
  type?: string
  status?: string
  lastUpdateTime?: string
  lastTransitionTime?: string
}

const decisionsOf = ({ status }: Readonly<ApiObject>): Decision[] =>
  (status?.['conditions'] ?? []) as Decision[]

/** When a decision was told, and when it was made: by the server, where who decides does not say so. */
function tellTimes(object: ApiObject, old: Readonly<ApiObject>): void {
  const at = now()
  for (const decision of decisionsOf(object)) {
    decision.lastUpdateTime ??= at
    const before = decisionsOf(old).find(
      ({ type, status }) => type === decision.type && status === decision.status,
    )
    decision.lastTransitionTime ??= before?.lastTransitionTime ?? at
  }
}

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
  prepareForUpdate(object, old, { subresource }) {
    object.spec = { ...old.spec }
    if (subresource !== '') tellTimes(object, old)
  },
}
