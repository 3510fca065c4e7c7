import {
  invalid,
  notFound,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateSubdomain } from '../../meta/names.ts'
import { parseQuantity } from '../../meta/quantity.ts'
import { type Check, none, type PackageRules } from './check.ts'
import { dataKey } from './data.ts'
import { ifSet, label, noBacksteps, refuse, required, subdomain } from './checks.ts'
import { allContainers } from './pod-containers.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'

const envName = refuse(
  (value) => !/^[ -<>-~]+$/.test(asText(value)),
  "a valid environment variable name must consist only of printable ASCII characters other than '='",
)

const valueFromSources = [
  'fieldRef',
  'resourceFieldRef',
  'configMapKeyRef',
  'secretKeyRef',
  'fileKeyRef',
]

/** Where a variable's value comes from, said after what is wrong with the source itself. */
const oneSource: Check = (value, path, frame) => {
  const given = valueFromSources.filter((field) => asObject(value)[field] !== undefined)
  if (given.length === 0) {
    const text =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
    return [invalid(path, '', text)]
  }
  if (isSet(frame.up?.object['value'])) {
    return [invalid(path, '', 'may not be specified when `value` is not empty')]
  }
  return given.length > 1
    ? [invalid(path, '', 'may not have more than one field specified at a time')]
    : none
}

/** Files that variables are read from are in volumes that the Pod's containers share; said of the Pod. */
export const filesOfVariables: Check = (_, path, { object }) =>
  allContainers(object, path).flatMap(({ container, at }) =>
    asObjects(container['env']).flatMap(({ valueFrom }, i) => {
      const { fileKeyRef } = asObject(valueFrom)
      if (fileKeyRef === undefined) return []
      const volume = asText(asObject(fileKeyRef)['volumeName'])
      const field = `${at}.env[${i}].valueFrom.fileKeyRef.volumeName`
      const source = asObjects(object['volumes']).findLast(({ name }) => asText(name) === volume)
      if (source === undefined) return [notFound(field, volume)]
      return source['emptyDir'] === undefined
        ? [invalid(field, volume, 'referenced volume must be of type emptyDir')]
        : []
    }),
  )

/** Of envFrom: messages name the list. */
const oneEnvSource: Check = (_, path, { object }) => {
  const given = ['configMapRef', 'secretRef'].filter((field) => object[field] !== undefined)
  const at = path.replace(/\[\d+\]$/, '')
  if (given.length === 0) {
    return [invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`')]
  }
  return given.length > 1
    ? [invalid(at, '', 'may not have more than one field specified at a time')]
    : none
}

const keySelector = { name: subdomain, key: [required(), dataKey] }

/** A name that must be there and be one. */
export const requiredSubdomain: Check = (value, path, frame) =>
  isSet(value)
    ? validateSubdomain(asText(value)).map((why) => invalid(path, value, why))
    : required()(value, path, frame)

const fieldPaths =
  /^(metadata\.(name|namespace|uid|labels|annotations)|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs|phase))$/
const envFieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
const volumeFieldPaths = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]
const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/

/** A field of the pod itself, for a variable or a file. */
const fieldPath: Check = (value, path, { object }) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  const { apiVersion = 'v1' } = object
  if (apiVersion !== 'v1') {
    const why = `error converting fieldPath: unsupported pod version: ${asText(apiVersion)}`
    return [invalid(path, text, why)]
  }
  if (subscript.test(text)) return none
  if (!fieldPaths.test(text)) {
    return [invalid(path, text, `error converting fieldPath: field label not supported: ${text}`)]
  }
  const valid = path.includes('.env[') ? envFieldPaths : volumeFieldPaths
  return valid.includes(text) ? none : [notSupported(path, text, valid)]
}

const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]

/** A variable may be about its own container; a file names one. */
const resource: Check = (value, path, { object }) => {
  const text = asText(value)
  if (!path.includes('.env[') && !isSet(object['containerName'])) {
    return [requiredError(path.replace(/resource$/, 'containerName'))]
  }
  if (text === '') return [requiredError(path)]
  return resources.includes(text) || /^(limits|requests)\.hugepages-/.test(text)
    ? none
    : [notSupported(path, text, resources)]
}

const divisor: Check = (value, path, { object }) => {
  const amount = parseQuantity(asText(value ?? '0'))
  const name = asText(object['resource'])
  if (amount === undefined || amount.nano === 0n || !name.endsWith('.cpu')) return none
  return amount.nano === 1_000_000n || amount.nano === 1_000_000_000n
    ? none
    : [invalid(path, name, "only divisor's values 1m and 1 are supported with the cpu resource")]
}

/** Environment variables and where their values come from. */
export const envRules: PackageRules = {
  EnvVar: { name: [required(), envName] },
  EnvVarSource: {
    fieldRef: [],
    resourceFieldRef: [],
    configMapKeyRef: [],
    secretKeyRef: [],
    fileKeyRef: [],
    '&one': oneSource,
  },
  EnvFromSource: {
    prefix: ifSet(envName),
    configMapRef: [],
    secretRef: [],
    '&one': oneEnvSource,
  },
  ConfigMapEnvSource: { name: requiredSubdomain },
  SecretEnvSource: { name: requiredSubdomain },
  ConfigMapKeySelector: keySelector,
  SecretKeySelector: keySelector,
  FileKeySelector: {
    key: [required(), envName],
    volumeName: [required(), label],
    path: [required(), noBacksteps],
  },
  ObjectFieldSelector: { fieldPath },
  ResourceFieldSelector: { resource, divisor },
}
