import { type FieldError, invalid, required } from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { asObject } from './read.ts'
import type { Rule } from './rules.ts'

const keyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

function keyErrors(field: string, data: unknown): FieldError[] {
  return Object.keys(asObject(data)).flatMap((key) => {
    const at = `${field}[${key}]`
    if (key.length > 253) return [invalid(at, key, 'must be no more than 253 characters')]
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) return [invalid(at, key, keyText)]
    if (key === '.' || key === '..') return [invalid(at, key, `must not be '${key}'`)]
    return key.startsWith('..') ? [invalid(at, key, "must not start with '..'")] : []
  })
}

function configMap(o: JsonObject): FieldError[] {
  const binary = asObject(o['binaryData'])
  const twice = Object.keys(asObject(o['data']))
    .filter((key) => Object.hasOwn(binary, key))
    .map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
  return [...keyErrors('data', o['data']), ...twice, ...keyErrors('binaryData', binary)]
}

/** Keys that a Secret of a type must have. */
const secretKeys: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
])

function secret(o: JsonObject): FieldError[] {
  const data = asObject(o['data'])
  const missing = (secretKeys.get(o['type']) ?? [])
    .filter((key) => data[key] === undefined)
    .map((key) => required(`data[${key}]`))
  return [...keyErrors('data', data), ...missing]
}

/** Rules of ConfigMaps and Secrets. */
export const dataRules: readonly (readonly [string, Rule])[] = [
  ['io.k8s.api.core.v1.ConfigMap', configMap],
  ['io.k8s.api.core.v1.Secret', secret],
]
