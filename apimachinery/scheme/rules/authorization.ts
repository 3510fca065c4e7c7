import { forbidden, invalid, required as requiredError } from '../../errors/field-error.ts'
import { type Check, none, type PackageRules } from './check.ts'
import { asText } from './read.ts'

/** A selector of what a request asks for: as text, or as requirements. */
const selector: Check = (_, path, { object }) => {
  const raw = asText(object['rawSelector'])
  const requirements = Array.isArray(object['requirements']) ? object['requirements'] : []
  if (raw !== '' && requirements.length > 0) {
    const why = 'may not specified at the same time as requirements'
    return [invalid(`${path}.rawSelector`, raw, why)]
  }
  if (raw !== '' || requirements.length > 0) return none
  const why = `when ${path} is specified, requirements or rawSelector is required`
  return [requiredError(`${path}.requirements`, why)]
}

/** Operators that are not known here may be known to another server. */
const fieldRequirement: Check = (_, path, { object }) => {
  const values = Array.isArray(object['values']) ? object['values'] : []
  const operator = asText(object['operator'])
  const noKey = asText(object['key']) === '' ? [requiredError(`${path}.key`)] : []
  if (operator === 'In' || operator === 'NotIn') {
    const why = "must be specified when `operator` is 'In' or 'NotIn'"
    return values.length > 0 ? noKey : [...noKey, requiredError(`${path}.values`, why)]
  }
  if (operator === 'Exists' || operator === 'DoesNotExist') {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    return values.length === 0 ? noKey : [...noKey, forbidden(`${path}.values`, why)]
  }
  return noKey
}

/** Rules of access reviews that are about one struct. */
export const authorizationRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.api.authorization.v1': {
    FieldSelectorAttributes: { '&selector': selector },
    LabelSelectorAttributes: { '&selector': selector },
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1': {
    FieldSelectorRequirement: { '&requirement': fieldRequirement, key: [], operator: [] },
  },
}
