import { isIP } from 'node:net'
import { type FieldError, invalid, required as requiredError } from '../../errors/field-error.ts'
import { validateQualifiedName } from '../../meta/names.ts'
import { ipText } from './addresses.ts'
import { type Check, none } from './check.ts'
import { between, each, ifSet, required, subdomain } from './checks.ts'
import { asObject, asObjects, asText } from './read.ts'
import { fields } from './status-checks.ts'

const generation: Check = (value, path) =>
  typeof value === 'number' && value < 0
    ? [invalid(path, value, 'must be a non-negative integer')]
    : none

const condition: Check = (value, path, frame) => {
  const { type, observedGeneration } = asObject(value)
  const text = asText(type)
  return [
    ...validateQualifiedName(text, 'name part').map((why) => invalid(`${path}.Type`, text, why)),
    ...generation(observedGeneration, `${path}.observedGeneration`, frame),
  ]
}

/** One address of each family at most. */
const addresses: Check = (value, path) => {
  const given = asObjects(value).map(({ ip }) => asText(ip))
  const shown = given.map((ip) => ({ IP: ip }))
  const wrong = given.flatMap((ip, i): FieldError[] =>
    isIP(ip) === 0 ? [invalid(`${path}[${i}]`, ip, ipText)] : [],
  )
  const unread = given.findIndex((ip) => isIP(ip) === 0)
  const isDual = given.length === 2 && new Set(given.map(isIP)).size === 2
  if (given.length < 2 || (isDual && unread < 0)) return wrong
  const problem: FieldError = {
    type: 'InternalError',
    field: path,
    message: `Internal error: failed to check for dual stack with error:invalid IP[${unread}]: ${given[unread] ?? ''}`,
  }
  return [
    ...wrong,
    ...(unread < 0 ? [] : [problem]),
    invalid(path, shown, 'may specify no more than one IP for each IP family'),
  ]
}

const hostAddresses: Check = (value, path, frame) => {
  const [first] = asObjects(value)
  if (first === undefined) return none
  const ip = asText(first['ip'])
  return [
    ...(ip === asText(frame.object['hostIP'])
      ? none
      : [invalid(`${path}[0].ip`, ip, 'must be equal to `hostIP`')]),
    ...addresses(value, path, frame),
  ]
}

const id = between(0, 2_147_483_647)

const containers = each(
  fields({ user: fields({ linux: fields({ uid: id, gid: id, supplementalGroups: each(id) }) }) }),
)

const claims: Check = (value, path, { before }) => {
  const known = asObjects(asObject(before?.['spec'])['resourceClaims']).map(({ name }) => name)
  return asObjects(value).flatMap(({ name = '' }, i) =>
    known.includes(name)
      ? []
      : [
          invalid(
            `${path}[${i}].name`,
            name,
            'must match the name of an entry in `spec.resourceClaims`',
          ),
        ],
  )
}

const extended: Check = (value, path, frame) => {
  if (value === undefined) return none
  const { requestMappings, resourceClaimName } = asObject(value)
  return [
    ...(asObjects(requestMappings).length > 0
      ? none
      : [requiredError(`${path}.requestMappings`, 'at least one request mapping is required')]),
    ...required()(resourceClaimName, `${path}.resourceClaimName`, frame),
  ]
}

/** What was reckoned from the spec stays. */
const qosClass: Check = (value, path, { before }) => {
  const old = asObject(before?.['status'])['qosClass']
  return value === old || old === undefined ? none : [invalid(path, value, 'field is immutable')]
}

/** What a kubelet says of a Pod. */
export const podStatus: Check = fields({
  conditions: each(condition),
  observedGeneration: generation,
  nominatedNodeName: ifSet(subdomain),
  hostIPs: hostAddresses,
  podIPs: addresses,
  initContainerStatuses: containers,
  containerStatuses: containers,
  ephemeralContainerStatuses: containers,
  resourceClaimStatuses: claims,
  extendedResourceClaimStatus: extended,
  qosClass,
})
