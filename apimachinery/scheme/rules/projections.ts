import { forbidden, invalid } from '../../errors/field-error.ts'
import { type Check, enclosing, none, type PackageRules, type Union } from './check.ts'
import { refuse, required } from './checks.ts'
import { asObject, asObjects, asText } from './read.ts'

/** `mode` of a file, as nine bits. */
const fileMode = refuse(
  (value) => typeof value === 'number' && (value < 0 || value > 0o777),
  'must be a number between 0 and 0777 (octal), both inclusive',
)

const relativePath: Check = (value, path, frame) => {
  const text = asText(value)
  if (text === '') return required()(value, path, frame)
  if (text.startsWith('/')) return [invalid(path, text, 'must be a relative path')]
  if (text.split('/').includes('..')) return [invalid(path, text, "must not contain '..'")]
  return text.startsWith('..') ? [invalid(path, text, "must not start with '..'")] : none
}

const fieldOfPod: Union = {
  members: ['fieldRef', 'resourceFieldRef'],
  more: (path) =>
    invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
  none: 'one of fieldRef and resourceFieldRef is required',
}

const projectedSources = [
  'secret',
  'downwardAPI',
  'configMap',
  'serviceAccountToken',
  'clusterTrustBundle',
  'podCertificate',
]

const oneProjection: Check = (_, path, { object }) =>
  projectedSources
    .filter((field) => object[field] !== undefined)
    .slice(1)
    .map(() => forbidden(path, 'may not specify more than 1 volume type per source'))

const fileSources = ['secret', 'configMap', 'downwardAPI'] as const

/** No two files of a projected volume are at one place; messages show the object that a file is of. */
const distinctFile: Check = (_, path, frame) => {
  const volume = enclosing(frame, 'io.k8s.api.core.v1.ProjectedVolumeSource')
  const file = asText(frame.object['path'])
  if (volume === undefined || file === '') return none
  const files = asObjects(volume.object['sources']).flatMap((source, i) =>
    fileSources.flatMap((field) =>
      asObjects(asObject(source[field])['items']).map((item, n) => ({
        at: `${volume.path}.sources[${i}].${field}.items[${n}]`,
        file: item['path'],
      })),
    ),
  )
  const own = files.findIndex(({ at }) => at === path)
  if (!files.slice(0, own).some((other) => other.file === file)) return none
  const shown = path.includes('.downwardAPI.') ? file : asText(frame.up?.object['name'])
  return [invalid(volume.path, shown, 'conflicting duplicate paths')]
}

const tokenSeconds: Check = (value, path) => {
  if (typeof value !== 'number') return none
  if (value < 600) return [invalid(path, value, 'may not specify a duration less than 10 minutes')]
  return value > 2 ** 32
    ? [invalid(path, value, 'may not specify a duration larger than 2^32 seconds')]
    : none
}

/** Files that a volume is made of. */
export const projectionRules: PackageRules = {
  ConfigMapVolumeSource: { name: required(), defaultMode: fileMode, items: [] },
  ConfigMapProjection: { name: required(), items: [] },
  DownwardAPIVolumeFile: {
    path: relativePath,
    '&field': fieldOfPod,
    mode: fileMode,
    '&file': distinctFile,
  },
  DownwardAPIVolumeSource: { defaultMode: fileMode, items: [] },
  KeyToPath: { key: required(), path: relativePath, mode: fileMode, '&file': distinctFile },
  ProjectedVolumeSource: { defaultMode: fileMode, sources: [] },
  SecretProjection: { name: required(), items: [] },
  SecretVolumeSource: { secretName: required(), defaultMode: fileMode, items: [] },
  ServiceAccountTokenProjection: { expirationSeconds: tokenSeconds, path: relativePath },
  VolumeProjection: {
    secret: [],
    configMap: [],
    downwardAPI: [],
    serviceAccountToken: [],
    '&one': oneProjection,
  },
}
