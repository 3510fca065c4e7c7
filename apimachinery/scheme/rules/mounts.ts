import {
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { type Check, noFrame } from './check.ts'
import { noBacksteps } from './checks.ts'
import { soundVolumes } from './pod-volumes.ts'
import { asObject, asObjects, asText } from './read.ts'

/** A path within something. */
export const localPath = (text: string, path: string): readonly FieldError[] => [
  ...(text.startsWith('/') ? [invalid(path, text, 'must be a relative path')] : []),
  ...noBacksteps(text, path, noFrame),
]

const propagations = ['Bidirectional', 'HostToContainer', 'None']
const recursions = ['Disabled', 'Enabled', 'IfPossible']

/** Messages about modes and paths within a volume name the list and not the mount. */
function mountModeErrors(mount: JsonObject, path: string, owner: JsonObject): FieldError[] {
  const { mountPropagation, recursiveReadOnly, readOnly } = mount
  const errors: FieldError[] = []
  const at = `${path}.mountPropagation`
  const privileged = asObject(owner['securityContext'])['privileged'] === true
  if (mountPropagation !== undefined && !propagations.includes(asText(mountPropagation))) {
    errors.push(notSupported(at, mountPropagation, propagations))
  } else if (mountPropagation === 'Bidirectional' && !privileged) {
    const text = 'Bidirectional mount propagation is available only to privileged containers'
    errors.push(forbidden(at, text))
  }
  const recursiveAt = `${path}.recursiveReadOnly`
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return errors
  if (!recursions.includes(asText(recursiveReadOnly))) {
    return [...errors, notSupported(recursiveAt, recursiveReadOnly, recursions)]
  }
  if (readOnly !== true) {
    errors.push(forbidden(recursiveAt, 'may only be specified when readOnly is true'))
  }
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    const text = 'may only be specified when mountPropagation is None or not specified'
    errors.push(forbidden(recursiveAt, text))
  }
  return errors
}

function subPathErrors(mount: JsonObject, path: string, at: string): FieldError[] {
  const subPath = asText(mount['subPath'])
  const expression = asText(mount['subPathExpr'])
  const errors: FieldError[] = []
  if (subPath !== '') errors.push(...localPath(subPath, `${path}.subPath`))
  if (expression === '') return errors
  if (subPath !== '') {
    const text = 'subPathExpr and subPath are mutually exclusive'
    errors.push(invalid(`${at}.subPathExpr`, expression, text))
  }
  return [...errors, ...localPath(expression, `${path}.subPathExpr`)]
}

/** Names and paths of a container's mounts or devices; the last of a name counts. */
const taken = (list: unknown, path: string): ReadonlyMap<string, string> =>
  new Map(asObjects(list).map((one) => [asText(one['name']), asText(one[path])]))

export const volumeMounts: Check = (value, path, frame) => {
  const paths = new Set<string>()
  const devices = taken(frame.object['volumeDevices'], 'devicePath')
  const devicePaths = [...devices.values()]
  return asObjects(value).flatMap((mount, i) => {
    const at = `${path}[${i}]`
    const name = asText(mount['name'])
    const mountPath = asText(mount['mountPath'])
    const errors: FieldError[] = []
    if (name === '') errors.push(requiredError(`${at}.name`))
    if (!soundVolumes(frame).some((volume) => volume['name'] === name)) {
      errors.push(notFound(`${at}.name`, name))
    }
    if (mountPath === '') errors.push(requiredError(`${at}.mountPath`))
    if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'))
    paths.add(mountPath)
    if (devices.has(name)) {
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    }
    if (devicePaths.includes(mountPath)) {
      const text = 'must not already exist as a path in volumeDevices'
      errors.push(invalid(`${at}.mountPath`, mountPath, text))
    }
    return [
      ...errors,
      ...subPathErrors(mount, path, at),
      ...mountModeErrors(mount, path, frame.object),
    ]
  })
}

export const volumeDevices: Check = (value, path, frame) => {
  const names = new Set<string>()
  const paths = new Set<string>()
  const mounts = taken(frame.object['volumeMounts'], 'mountPath')
  const mountPaths = [...mounts.values()]
  return asObjects(value).flatMap((device, i) => {
    const name = asText(device['name'])
    const devicePath = asText(device['devicePath'])
    const at = `${path}[${i}]`
    const errors: FieldError[] = []
    const volume = soundVolumes(frame).find((v) => v['name'] === name)
    if (name === '') errors.push(requiredError(`${at}.name`))
    if (names.has(name)) errors.push(invalid(`${at}.name`, name, 'must be unique'))
    if (volume === undefined) errors.push(notFound(`${at}.name`, name))
    else if (volume['persistentVolumeClaim'] === undefined && volume['ephemeral'] === undefined) {
      const text =
        'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
      errors.push(invalid(`${at}.name`, name, text))
    }
    if (devicePath === '') errors.push(requiredError(`${at}.devicePath`))
    if (paths.has(devicePath)) {
      errors.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'))
    }
    if (noBacksteps(devicePath, path, frame).length > 0) {
      errors.push(invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"))
    } else paths.add(devicePath)
    if (mounts.has(name)) {
      errors.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'))
    }
    if (mountPaths.includes(devicePath)) {
      const text = 'must not already exist as a path in volumeMounts'
      errors.push(invalid(`${at}.devicePath`, devicePath, text))
    }
    if (name !== '') names.add(name)
    return errors
  })
}
