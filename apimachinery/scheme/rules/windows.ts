import { type FieldError, forbidden, invalid } from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { type Check, none, type StructRules } from './check.ts'
import { ifThere, oneOf, refuse, required, subdomain } from './checks.ts'
import { allContainers } from './pod-containers.ts'
import { asObject, asText, join } from './read.ts'

const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
const domainName =
  /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/

/** What is wrong with a name of a user, which may be of a domain. */
function userProblems(text: string): string[] {
  if (text === '') return ['runAsUserName cannot be an empty string']
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(text)) return ['runAsUserName cannot contain control characters']
  const parts = text.split('\\')
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash']
  const user = parts.at(-1) ?? ''
  const domain = parts.length === 1 ? undefined : parts[0]
  const told: readonly (readonly [boolean, string])[] = [
    [Buffer.byteLength(domain ?? '') >= 256, 'Domain length must be under 256 characters'],
    [
      domain !== undefined && !netBiosName.test(domain) && !domainName.test(domain),
      "Domain doesn't match the NetBios nor the DNS format",
    ],
    [user === '', 'User cannot be empty'],
    [Buffer.byteLength(user) > 104, 'User length must not be longer than 104 characters'],
    [/^[. ]+$/.test(user), 'User cannot contain only periods or spaces'],
    [
      /["/\\:;|=,+*?<>@[\]]/.test(user),
      'User cannot contain the following characters: "/\\:;|=,+*?<>@[]',
    ],
  ]
  return told.filter(([isWrong]) => isWrong).map(([, why]) => `runAsUserName's ${why}`)
}

export const windowsRules: StructRules = {
  gmsaCredentialSpecName: ifThere(subdomain),
  gmsaCredentialSpec: [
    refuse((value) => value === '', 'gmsaCredentialSpec cannot be an empty string'),
    refuse(
      (value) => Buffer.byteLength(asText(value)) > 64 * 1024,
      'gmsaCredentialSpec size must be under 64 KiB',
    ),
  ],
  runAsUserName: ifThere((value, path) =>
    userProblems(asText(value)).map((why) => invalid(path, value, why)),
  ),
}

const isHostProcess = (owner: JsonObject): unknown =>
  asObject(asObject(owner['securityContext'])['windowsOptions'])['hostProcess']

/** Containers that are processes of a Windows host are so together, and on its network. (KEP-1981) */
export const hostProcesses: Check = (_, path, { object }) => {
  const ofPod = isHostProcess(object)
  const containers = allContainers(object, path)
  const errors = containers.flatMap(({ container, at }): FieldError[] => {
    const own = isHostProcess(container)
    if (ofPod === undefined || own === undefined || ofPod === own) return []
    const text = `pod hostProcess value must be identical if both are specified, was ${JSON.stringify(ofPod)}`
    return [invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, text)]
  })
  const count = containers.filter(
    ({ container }) => (isHostProcess(container) ?? ofPod) === true,
  ).length
  if (count === 0) return errors
  if (count < containers.length) {
    const text =
      'If pod contains any hostProcess containers then all containers must be HostProcess containers'
    errors.push(invalid(path, '', text))
  }
  if (object['hostNetwork'] !== true) {
    const text = 'hostNetwork must be true if pod contains any hostProcess containers'
    errors.push(invalid(join(path, 'hostNetwork'), false, text))
  }
  return errors
}

const notForWindows = [
  'securityContext.appArmorProfile',
  'securityContext.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  'securityContext.seccompProfile',
  'securityContext.fsGroup',
  'securityContext.fsGroupChangePolicy',
  'securityContext.sysctls',
  'shareProcessNamespace',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
  'securityContext.supplementalGroups',
  'securityContext.supplementalGroupsPolicy',
  'securityContext.seLinuxChangePolicy',
]

const notForWindowsContainers = [
  'securityContext.appArmorProfile',
  'securityContext.seLinuxOptions',
  'securityContext.seccompProfile',
  'securityContext.capabilities',
  'securityContext.readOnlyRootFilesystem',
  'securityContext.privileged',
  'securityContext.allowPrivilegeEscalation',
  'securityContext.procMount',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
]

/** Fields that are set, of those at the paths; the host's namespaces are set when they are true. */
const given = (object: JsonObject, fields: readonly string[]): string[] =>
  fields.filter((field) => {
    const value = field.split('.').reduce<unknown>((of, name) => asObject(of)[name], object)
    return value !== undefined && !(value === false && /^host(PID|IPC)$/.test(field))
  })

/** What a Pod of one operating system may not say. */
export const os: Check = (value, path, frame) => {
  const name = asText(asObject(value)['name'])
  if (value === undefined) return none
  if (name === '') return required()(undefined, `${path}.name`, frame)
  const spec = frame.object
  const why =
    name === 'linux'
      ? 'windows options cannot be set for a linux pod'
      : 'cannot be set for a windows pod'
  const [ofPod, ofContainers] =
    name === 'linux'
      ? [['securityContext.windowsOptions'], ['securityContext.windowsOptions']]
      : [notForWindows, notForWindowsContainers]
  const unknown = oneOf('linux', 'windows')(name, path, frame)
  if (unknown.length > 0) return unknown
  return [
    ...given(spec, ofPod).map((field) => forbidden(join(frame.path, field), why)),
    ...allContainers(spec, frame.path).flatMap(({ container, at }) =>
      given(container, ofContainers).map((field) => forbidden(join(at, field), why)),
    ),
  ]
}
