import { type FieldError, invalid, required as requiredError } from '../../errors/field-error.ts'
import { validateLabel1035, validateSubdomain } from '../../meta/names.ts'
import { type Check, none, type PackageRules } from './check.ts'
import { isEmpty, named, required } from './checks.ts'
import { asText } from './read.ts'

const group: Check = (value, path, { object }) => {
  const text = asText(value)
  if (text !== '') return validateSubdomain(text).map((why) => invalid(path, text, why))
  const why = 'only v1 may have an empty group and it better be legacy kube'
  return object['version'] === 'v1' ? none : [requiredError(path, why)]
}

const priority =
  (most: number): Check =>
  (value, path) => {
    const given = typeof value === 'number' ? value : 0
    const why = `must be positive and less than ${most}`
    return given > 0 && given <= most ? none : [invalid(path, given, why)]
  }

/** Without a service, the server itself answers. */
const connection: Check = (_, path, { object }) => {
  const { service, caBundle, insecureSkipTLSVerify } = object
  const hasBundle = !isEmpty(caBundle)
  const errors: FieldError[] = []
  if (service === undefined && hasBundle) {
    const bytes = Buffer.from(asText(caBundle), 'base64').length
    const why = 'local APIServices may not have a caBundle'
    errors.push(invalid(`${path}.caBundle`, `${bytes} bytes`, why))
  }
  if (insecureSkipTLSVerify === true && (service === undefined || hasBundle)) {
    const why =
      service === undefined
        ? 'local APIServices may not have insecureSkipTLSVerify'
        : 'may not be true if caBundle is present'
    errors.push(invalid(`${path}.insecureSkipTLSVerify`, true, why))
  }
  return errors
}

const port: Check = (value, path) =>
  typeof value !== 'number' || (value >= 1 && value <= 65535)
    ? none
    : [invalid(path, value, 'port is not valid: must be between 1 and 65535, inclusive')]

/** Rules of APIServices. */
export const aggregationRules: Readonly<Record<string, PackageRules>> = {
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1': {
    APIServiceSpec: {
      group,
      version: named(validateLabel1035),
      groupPriorityMinimum: priority(20000),
      versionPriority: priority(1000),
      service: [],
      '&connection': connection,
    },
    ServiceReference: { namespace: required(), name: required(), port },
  },
}
