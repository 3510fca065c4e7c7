import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  tooLong,
} from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { isEqual } from '../../patch/json-value.ts'
import { isCIDR } from './addresses.ts'
import { type Check, none } from './check.ts'
import { all, driverName, each, label, maxBytes, required, uniqueBy } from './checks.ts'
import { goValue } from './go-value.ts'
import { asObject, asObjects, asText } from './read.ts'
import { poolName } from './resource-slices.ts'
import { conditions, fields } from './status-checks.ts'

const consumer = fields({ resource: required(), name: required(), uid: required() })

const onlyWhenAllocated: Check = (value, path, { object }) =>
  asObjects(value).length > 0 && object['allocation'] === undefined
    ? [forbidden(path, 'may not be specified when `allocated` is not set')]
    : none

/** Who has a claim: each once, and only when there is something to have. */
const reserved = all(
  each(consumer),
  uniqueBy(({ uid }) => uid),
  onlyWhenAllocated,
)

/** Which device it is, as messages show it. */
export const deviceKey = ({ driver, pool, device, shareID }: JsonObject): JsonObject => ({
  Driver: driver ?? '',
  Pool: pool ?? '',
  Device: device ?? '',
  ShareID: shareID ?? '',
})

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

const shareID: Check = (value, path) => {
  if (value === undefined) return none
  const text = asText(value)
  if (uuid.test(text)) return none
  const why =
    text.length === 36 ? 'invalid UUID format' : `invalid UUID length: ${Buffer.byteLength(text)}`
  return [invalid(path, text, `error validating uid: ${why}`)]
}

const addresses: Check = (value, path) => {
  const given: readonly string[] = Array.isArray(value) ? value.map(asText) : []
  return given.flatMap((text, i): FieldError[] => {
    const at = `${path}[${i}]`
    const why = 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'
    if (!isCIDR(text)) return [invalid(at, text, why)]
    return given.indexOf(text) < i ? [duplicate(at, text)] : []
  })
}

const device = fields({
  driver: driverName,
  pool: poolName,
  device: label,
  shareID,
  conditions,
  data: (value, path) =>
    Buffer.byteLength(JSON.stringify(value ?? '')) > 10 * 1024 ? [tooLong(path, 10 * 1024)] : none,
  networkData: fields({
    interfaceName: maxBytes(256),
    hardwareAddress: maxBytes(128),
    ips: addresses,
  }),
})

/** Drivers tell of devices that the claim was given. */
const devices: Check = (value, path, frame) => {
  const allocation = asObject(asObject(frame.object['allocation'])['devices'])
  const given = asObjects(allocation['results']).map(deviceKey)
  const seen: JsonObject[] = []
  return asObjects(value).flatMap((one, i) => {
    const at = `${path}[${i}]`
    const key = deviceKey(one)
    const errors = [...device(one, at, frame)]
    if (seen.some((other) => isEqual(other, key))) errors.push(duplicate(at, key))
    else if (!given.some((other) => isEqual(other, key))) {
      errors.push(invalid(at, key, 'must be an allocated device in the claim'))
    }
    seen.push(key)
    return errors
  })
}

/** What was given stays given until it is given back. */
const allocation: Check = (value, path, { before }) => {
  const old = asObject(before?.['status'])['allocation']
  if (old === undefined || value === undefined || isEqual(value, old)) return none
  const shown = goValue('io.k8s.api.resource.v1.AllocationResult', asObject(value))
  return [invalid(path, shown, 'field is immutable')]
}

/** What schedulers and drivers say of a claim to devices (KEP-4381). */
export const claimStatus: Check = fields({ allocation, reservedFor: reserved, devices })
