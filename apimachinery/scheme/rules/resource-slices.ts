import {
  type FieldError,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateLabel, validateSubdomain } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { valueOrEmptied } from '../emptied.ts'
import { qualifiedIdentifier } from './c-identifiers.ts'
import { type Check, enclosing, type Frame, none, type PackageRules, skip } from './check.ts'
import {
  driverName,
  labels,
  maxBytes,
  notNegative,
  qualifiedName,
  required,
  uniqueBy,
} from './checks.ts'
import { asObject, asObjects, asText, join } from './read.ts'

const resource = 'io.k8s.api.resource.v1'

/** Subdomains with slashes between them. */
export const poolName: Check = (value, path, frame) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  return [
    ...maxBytes(253)(text, path, frame),
    ...text
      .split('/')
      .flatMap((part) => validateSubdomain(part).map((why) => invalid(path, part, why))),
  ]
}

const sliceCount: Check = (value, path) =>
  typeof value === 'number' && value > 0
    ? none
    : [invalid(path, value ?? 0, 'must be greater than zero')]

const nodeName: Check = (value, path) => {
  if (value === undefined) return none
  const text = asText(value)
  return text === ''
    ? [invalid(path, text, 'must be either unset or set to a non-empty string')]
    : validateSubdomain(text).map((why) => invalid(path, text, why))
}

const onlyTrue: Check = (value, path) =>
  value === false ? [invalid(path, value, 'must be either unset or set to true')] : none

const oneTerm: Check = (value, path) =>
  value === undefined || asObjects(asObject(value)['nodeSelectorTerms']).length === 1
    ? none
    : [
        invalid(
          `${path}.nodeSelectorTerms`,
          asObject(value)['nodeSelectorTerms'] ?? null,
          'must have exactly one node selector term',
        ),
      ]

/** Which of some ways to name nodes are taken; an empty name is none. */
const taken = (object: JsonObject, ways: readonly string[]): string[] =>
  ways.filter(
    (field) => object[field] !== undefined && object[field] !== '' && object[field] !== false,
  )

const ways = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection']

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

const oneWay: Check = (_, path, { object }) => {
  const given = taken(object, ways)
  const text = `exactly one of ${list(ways)} is required`
  if (given.length === 0) return [requiredError(path, text)]
  return given.length > 1
    ? [invalid(path, `{${list(given)}}`, `${text}, but multiple fields are set`)]
    : none
}

/** Whose devices these are never changes. */
const fixed: Check = (_, path, { object, before }) => {
  if (before === undefined) return none
  const old = asObject(before['spec'])
  const changes = [
    ['pool.name', asObject(object['pool'])['name'] ?? '', asObject(old['pool'])['name']],
    ['driver', object['driver'] ?? '', old['driver']],
    ['nodeName', valueOrEmptied(object, 'nodeName') ?? null, old['nodeName'] ?? null],
  ] as const
  return changes.flatMap(([field, value, was]) =>
    value === was ? [] : [invalid(join(path, field), value, 'field is immutable')],
  )
}

const ownWays = ['nodeName', 'nodeSelector', 'allNodes']

const choosesPerDevice = (frame: Frame): boolean =>
  enclosing(frame, `${resource}.ResourceSliceSpec`)?.object['perDeviceNodeSelection'] === true

/** A device names its nodes where its slice leaves that to it. */
const ownWay: Check = (_, path, frame) => {
  const given = taken(frame.object, ownWays)
  if (!choosesPerDevice(frame)) {
    const why =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
    return given.length === 0 ? none : [invalid(path, null, why)]
  }
  const text =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'
  if (given.length === 0) return [requiredError(path, text)]
  return given.length > 1 ? [invalid(path, `{${list(given)}}`, text)] : none
}

const attributeKinds = ['bool', 'int', 'string', 'version']

const attributes: Check = (value, path, frame) =>
  Object.entries(asObject(value)).flatMap(([key, attribute]) => {
    const at = `${path}[${key}]`
    const given = attributeKinds.filter((kind) => asObject(attribute)[kind] !== undefined)
    const wrong = [...qualifiedIdentifier(key, path, frame)]
    return given.length === 1
      ? wrong
      : [...wrong, invalid(at, '', 'exactly one value must be specified')]
  })

const conditions: Check = (_, path, { object }) => {
  const pair = ['bindingConditions', 'bindingFailureConditions'] as const
  const isGiven = (field: string): boolean => Array.isArray(object[field])
  const [one, other] = pair
  if (isGiven(one) === isGiven(other)) return none
  const [given, lacking] = isGiven(one) ? [one, other] : [other, one]
  return [invalid(`${path}.${lacking}`, null, `${lacking} are required to use ${given}`)]
}

const deviceName: Check = (value, path) =>
  validateLabel(asText(value)).map((why) => invalid(path, asText(value), why))

const devicesOrCounters: Check = (_, path, { object }) =>
  asObjects(object['devices']).length > 0 && asObjects(object['sharedCounters']).length > 0
    ? [invalid(path, '', 'only one of `sharedCounters` or `devices` is allowed')]
    : none

const effects = ['NoExecute', 'NoSchedule', 'None']

const effect: Check = (value, path) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  return effects.includes(text) ? none : [notSupported(path, text, effects)]
}

const taintValue: Check = (value, path, frame): readonly FieldError[] =>
  value === undefined ? none : labels({ a: asText(value) }, path, frame)

/** What drivers offer. */
export const sliceRules: PackageRules = {
  CounterSet: { name: required(), counters: required() },
  Device: {
    name: deviceName,
    attributes,
    consumesCounters: [],
    '&nodes': ownWay,
    nodeName: (value, path, frame) =>
      choosesPerDevice(frame) ? nodeName(value, path, frame) : none,
    nodeSelector: (value, path, frame) =>
      choosesPerDevice(frame) ? oneTerm(value, path, frame) : skip,
    taints: [],
    '&conditions': conditions,
  },
  DeviceCounterConsumption: { counterSet: required(), counters: required() },
  DeviceTaint: { key: qualifiedName, value: taintValue, effect },
  ResourcePool: { name: poolName, generation: notNegative, resourceSliceCount: sliceCount },
  ResourceSliceSpec: {
    driver: driverName,
    pool: [],
    '&fixed': fixed,
    nodeName,
    nodeSelector: [],
    '&term': (_, path, frame) =>
      oneTerm(frame.object['nodeSelector'], join(path, 'nodeSelector'), frame),
    allNodes: onlyTrue,
    perDeviceNodeSelection: onlyTrue,
    '&one': oneWay,
    '&either': devicesOrCounters,
    devices: uniqueBy((device) => device['name']),
    sharedCounters: [],
  },
}
