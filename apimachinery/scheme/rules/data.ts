import { type FieldError, invalid, required } from '../../errors/field-error.ts'
import { explainJsonSyntax } from '../json-syntax.ts'
import { jsonType } from '../scalars.ts'
import { type Check, noFrame, none, type PackageRules } from './check.ts'
import { named } from './checks.ts'
import { asObject, asText } from './read.ts'

const keyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

/** A key of data, which may become a file. */
export const dataKey = named((key) => [
  ...(key.length > 253 ? ['must be no more than 253 characters'] : []),
  ...(/^[-._a-zA-Z0-9]+$/.test(key) ? [] : [keyText]),
  ...(key === '.' || key === '..'
    ? [`must not be '${key}'`]
    : key.startsWith('..')
      ? ["must not start with '..'"]
      : []),
])

const keys: Check = (value, path) =>
  Object.keys(asObject(value)).flatMap((key) => dataKey(key, `${path}[${key}]`, noFrame))

const inBoth: Check = (_, __, { object }) => {
  const binary = asObject(object['binaryData'])
  return Object.keys(asObject(object['data']))
    .filter((key) => Object.hasOwn(binary, key))
    .map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
}

interface SecretKeys {
  readonly all?: readonly string[]
  /** One of them is enough. */
  readonly any?: readonly string[]
  /** These have something in them. */
  readonly filled?: true
}

/** Keys that a Secret of a type must have. */
const secretKeys: ReadonlyMap<unknown, SecretKeys> = new Map<unknown, SecretKeys>([
  ['kubernetes.io/dockercfg', { all: ['.dockercfg'] }],
  ['kubernetes.io/dockerconfigjson', { all: ['.dockerconfigjson'] }],
  ['kubernetes.io/basic-auth', { any: ['username', 'password'] }],
  ['kubernetes.io/ssh-auth', { all: ['ssh-privatekey'], filled: true }],
  ['kubernetes.io/tls', { all: ['tls.crt', 'tls.key'] }],
])

const jsonKeys = ['.dockercfg', '.dockerconfigjson']

/** Why a text, one character a byte, is no JSON object (or null), as Go's parser says it. */
function notObject(text: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return explainJsonSyntax(text)
  }
  if (typeof value === 'object' && !Array.isArray(value)) return undefined
  return `json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`
}

const contents: Check = (_, __, { object }) => {
  const data = asObject(object['data'])
  const wanted = secretKeys.get(object['type'])
  if (wanted === undefined) return none
  const has = (key: string): boolean =>
    data[key] !== undefined && (wanted.filled !== true || data[key] !== '')
  const { all = [], any = [] } = wanted
  const missing = all.filter((key) => !has(key)).map((key) => required(`data[${key}]`))
  if (any.length > 0 && !any.some(has)) missing.push(...any.map((key) => required(`data[${key}]`)))
  const broken = all
    .filter((key) => jsonKeys.includes(key) && has(key))
    .flatMap((key) => {
      const why = notObject(Buffer.from(asText(data[key]), 'base64').toString('latin1'))
      return why === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', why)]
    })
  return [...missing, ...broken] satisfies FieldError[]
}

/** Rules of ConfigMaps and Secrets. */
export const dataRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.api.core.v1': {
    ConfigMap: { data: keys, '&both': inBoth, binaryData: keys },
    Secret: { data: keys, '&contents': contents },
  },
}
