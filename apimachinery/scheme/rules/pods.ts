import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  required,
} from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { validateLabel } from '../../meta/names.ts'
import { asObject, asObjects, asText, duplicatesOf, isSet, join } from './read.ts'
import type { Rule } from './rules.ts'

const core = 'io.k8s.api.core.v1.'

function container(o: JsonObject, path: string): FieldError[] {
  const errors = labelErrors(o['name'], `${path}.name`)
  const image = asText(o['image'])
  if (image !== image.trim()) {
    errors.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'))
  }
  const ports = asObjects(o['ports'])
  for (const i of duplicatesOf(ports, (p) => asText(p['name']))) {
    errors.push(duplicate(`${path}.ports[${i}].name`, ports[i]?.['name']))
  }
  asObjects(o['env']).forEach((variable, i) => {
    if (isSet(variable['value']) && variable['valueFrom'] !== undefined) {
      const text = 'may not be specified when `value` is not empty'
      errors.push(invalid(`${path}.env[${i}].valueFrom`, '', text))
    }
  })
  return errors
}

const labelErrors = (value: unknown, path: string): FieldError[] =>
  isSet(value) ? validateLabel(asText(value)).map((why) => invalid(path, value, why)) : []

function podSpec(o: JsonObject, path: string): FieldError[] {
  const volumes = asObjects(o['volumes'])
  const errors = duplicatesOf(volumes, (v) => asText(v['name'])).map((i) =>
    duplicate(join(path, `volumes[${i}].name`), volumes[i]?.['name']),
  )
  const claims = new Set(volumes.map((v) => asText(v['name'])))
  const all = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) =>
    asObjects(o[field]).map((item, i) => ({ ...item, at: join(path, `${field}[${i}]`) })),
  )
  for (const i of duplicatesOf(all, (c) => asText(c['name']))) {
    const item = all[i]
    if (item !== undefined) errors.push(duplicate(`${item.at}.name`, asObject(item)['name']))
  }
  for (const item of all) errors.push(...mountErrors(item, item.at, claims))
  return errors
}

function mountErrors(item: JsonObject, path: string, volumes: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = []
  const mounts = asObjects(item['volumeMounts'])
  mounts.forEach((mount, i) => {
    const { name } = mount
    if (volumes.has(asText(name)) && isSet(name)) return
    const message = `Not found: ${JSON.stringify(name ?? '')}`
    errors.push({ type: 'FieldValueNotFound', field: `${path}.volumeMounts[${i}].name`, message })
  })
  for (const i of duplicatesOf(mounts, (m) => asText(m['mountPath']))) {
    const text = 'must be unique'
    errors.push(invalid(`${path}.volumeMounts[${i}].mountPath`, mounts[i]?.['mountPath'], text))
  }
  return errors
}

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep']

function handler(o: JsonObject, path: string): FieldError[] {
  const given = handlers.filter((field) => o[field] !== undefined)
  if (given.length === 0) return [required(path, 'must specify a handler type')]
  return given
    .slice(1)
    .map((field) => forbidden(`${path}.${field}`, 'may not specify more than 1 handler type'))
}

function volume(o: JsonObject, path: string): FieldError[] {
  const types = Object.keys(o).filter((field) => field !== 'name')
  return [
    ...labelErrors(o['name'], `${path}.name`),
    ...types
      .slice(1)
      .map((field) => forbidden(`${path}.${field}`, 'may not specify more than 1 volume type')),
  ]
}

function toleration(o: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (!isSet(o['key']) && o['operator'] !== 'Exists') {
    const text =
      'operator must be Exists when `key` is empty, which means "match all values and all keys"'
    errors.push(invalid(`${path}.operator`, o['operator'] ?? '', text))
  }
  if (o['operator'] === 'Exists' && isSet(o['value'])) {
    const text = "value must be empty when `operator` is 'Exists'"
    errors.push(invalid(`${path}.operator`, o['value'], text))
  }
  return errors
}

/** Rules of pods and pod templates. */
export const podRules: readonly (readonly [string, Rule])[] = [
  [`${core}Container`, container],
  [`${core}EphemeralContainer`, container],
  [`${core}LifecycleHandler`, handler],
  [`${core}PodSpec`, podSpec],
  [`${core}Probe`, handler],
  [`${core}Toleration`, toleration],
  [`${core}Volume`, volume],
]
