import { type FieldError, forbidden, invalid, notSupported } from '../../errors/field-error.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { compareQuantities, formatQuantity } from '../../meta/quantity.ts'
import {
  containersNeed,
  needsOf,
  ofWholePods,
  type Quantities,
} from '../../schema/pod-resources.ts'
import { valueOrEmptied } from '../emptied.ts'
import { type Check, none } from './check.ts'
import { asObject, asObjects } from './read.ts'
import { isHugePages, requirementErrors, resourceNameErrors } from './resources.ts'

function nameErrors(name: string, path: string): FieldError[] {
  const errors = resourceNameErrors(name, path)
  return errors.length > 0 || ofWholePods.includes(name) || isHugePages(name)
    ? errors
    : [notSupported(path, name, ['cpu', 'hugepages-', 'memory'])]
}

/** Of what containers need together, what is more than the Pod has as a whole. */
const tooLittle = (whole: Quantities, needed: Quantities, path: string, what: string) =>
  [...needed].flatMap(([name, need]) => {
    const has = whole.get(name)
    if (has === undefined || compareQuantities(need, has) <= 0) return []
    const text = `must be greater than or equal to aggregate container ${what} of ${formatQuantity(need)}`
    return [invalid(`${path}.${what}[${name}]`, formatQuantity(has), text)]
  })

function consistencyErrors(spec: JsonObject, path: string): FieldError[] {
  const whole = needsOf(spec['resources'])
  const pages = [...containersNeed(spec, 'limits')].filter(([name]) => isHugePages(name))
  return [
    ...tooLittle(whole.requests, containersNeed(spec, 'requests'), path, 'requests'),
    ...tooLittle(whole.limits, new Map(pages), path, 'limits'),
    ...asObjects(spec['containers']).flatMap((container, i) =>
      [...needsOf(container['resources']).limits].flatMap(([name, limit]) => {
        const has = whole.limits.get(name)
        if (has === undefined || compareQuantities(limit, has) <= 0) return []
        const text = `must be less than or equal to pod limits of ${formatQuantity(has)}`
        return [invalid(`${path}.containers[${i}][${name}].limits`, formatQuantity(limit), text)]
      }),
    ),
  ]
}

/** Requests and limits of a Pod as a whole. (KEP-2837) */
export const podRequirements: Check = (value, path, frame) => {
  if (value === undefined) return none
  if (asObject(frame.object['os'])['name'] === 'windows') {
    return [forbidden(path, 'may not be set for a windows pod')]
  }
  const claims =
    valueOrEmptied(asObject(value), 'claims') === null
      ? []
      : [forbidden(`${path}.claims`, 'claims may not be set for Resources at pod-level')]
  return [
    ...claims,
    ...requirementErrors(nameErrors)(value, path, frame),
    ...consistencyErrors(frame.object, path),
  ]
}
