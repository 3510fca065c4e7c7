import { type FieldError, forbidden, invalid } from '../../errors/field-error.ts'
import { type Check, none, type PackageRules, type Union } from './check.ts'
import { refuse, required } from './checks.ts'
import { asObjects, asText, isSet } from './read.ts'

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

/** No two files of a projected volume are at one place. */
const distinctFiles: Check = (value, path) => {
  const seen = new Set<string>()
  const errors: FieldError[] = []
  for (const source of asObjects(value)) {
    for (const field of projectedSources) {
      const one = source[field] as { items?: unknown; path?: unknown } | undefined
      const files = [...asObjects(one?.items).map((item) => item['path']), one?.path]
      for (const file of files.filter(isSet)) {
        const text = asText(file)
        if (seen.has(text)) {
          errors.push(invalid(path.replace(/\.sources$/, ''), text, 'conflicting duplicate paths'))
        }
        seen.add(text)
      }
    }
  }
  return errors
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
  DownwardAPIVolumeFile: { path: relativePath, '&field': fieldOfPod, mode: fileMode },
  DownwardAPIVolumeSource: { defaultMode: fileMode, items: [] },
  KeyToPath: { key: required(), path: relativePath, mode: fileMode },
  ProjectedVolumeSource: { defaultMode: fileMode, sources: distinctFiles },
  SecretProjection: { name: required(), items: [] },
  SecretVolumeSource: { secretName: required(), defaultMode: fileMode, items: [] },
  ServiceAccountTokenProjection: { expirationSeconds: tokenSeconds, path: relativePath },
  VolumeProjection: {
    secret: [],
    downwardAPI: [],
    configMap: [],
    serviceAccountToken: [],
    '&one': oneProjection,
  },
}
