import type { AdmissionPlugin } from '../registry/admission.ts'
import type { Attributes, Authorizer } from './attributes.ts'

/** A PUT or an apply that creates its object needs the right to create, too: the filter could only ask for the right to update or patch. */
export const createOnUpdateRights = (
  authorizer: Authorizer,
  refuse: (asked: Attributes, reason: string) => Error,
): AdmissionPlugin => ({
  name: 'CreateOnUpdate',
  concerns: ({ operation, verb }) =>
    operation === 'CREATE' && (verb === 'update' || verb === 'patch'),
  async validate({ resource, subresource, namespace, name, user }) {
    const asked: Attributes = {
      user,
      verb: 'create',
      group: resource.group,
      version: resource.version,
      resource: resource.resource,
      subresource,
      namespace,
      name,
      resourceRequest: true,
      path: '',
    }
    const { allowed, reason } = await authorizer.authorize(asked)
    if (!allowed) throw refuse(asked, reason)
  },
})
