import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required as requiredError,
} from '../../errors/field-error.ts'
import { validateStandardFinalizer } from '../../meta/finalizers.ts'
import { validateQualifiedName } from '../../meta/names.ts'
import type { JsonObject } from '../../meta/object-meta.ts'
import { cidr } from './addresses.ts'
import { flowRules } from './flow-control.ts'
import { type Check, type Frame, none, noFrame, type PackageRules, whenNew } from './check.ts'
import { each, label, labels, oneOf, refuse, required } from './checks.ts'
import { goValue } from './go-value.ts'
import { asObject, asObjects, asText, isSet } from './read.ts'
import { amounts } from './resources.ts'
import { isUnusable } from './selected.ts'
import { storageClassRules } from './storage-classes.ts'

const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]

const keyUsages: Check = (value, path) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  if (given.length === 0) return [requiredError(path)]
  return given.flatMap((item, i): readonly FieldError[] => {
    if (!usages.includes(asText(item))) return [notSupported(`${path}[${i}]`, item, usages)]
    return given.indexOf(item) < i ? [duplicate(`${path}[${i}]`, item)] : none
  })
}

const signer: Check = (value, path) => {
  const text = asText(value)
  if (text === '') return [requiredError(path)]
  const [domain = '', name, ...more] = text.split('/')
  const right = domain.includes('.') && name !== undefined && name !== '' && more.length === 0
  const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
  return right ? none : [invalid(path, text, why)]
}

const pemRequest: Check = (value, path) => {
  const text = Buffer.from(asText(value), 'base64').toString('latin1')
  return text.includes('-----BEGIN CERTIFICATE REQUEST-----')
    ? none
    : [invalid(path, value ?? null, 'PEM block type must be CERTIFICATE REQUEST')]
}

const expiry = refuse(
  (value) => typeof value === 'number' && value < 600,
  'may not specify a duration less than 600 seconds (10 minutes)',
)

/** Messages call a node's taints its metadata's. */
const taints: Check = (value, path) => {
  const at = path.replace(/^spec\./, 'metadata.')
  const seen = new Set<string>()
  return asObjects(value).flatMap((taint, i) => {
    const { key, value: text, effect } = taint
    const here = `${at}[${i}]`
    const errors: FieldError[] = [
      ...validateQualifiedName(asText(key)).map((why) => invalid(`${here}.key`, asText(key), why)),
      ...labels({ a: asText(text) }, `${here}.value`, noFrame),
      ...effectErrors(effect, `${here}.effect`),
    ]
    const id = `${asText(key)}:${asText(effect)}`
    if (seen.has(id)) {
      const { message, ...rest } = duplicate(here, goTaint(taint))
      errors.push({ ...rest, message: `${message}: taints must be unique by key and effect pair` })
    }
    seen.add(id)
    return errors
  })
}

const goTaint = ({ key, value, effect }: JsonObject): JsonObject => ({
  Key: key ?? '',
  Value: value ?? '',
  Effect: effect ?? '',
  TimeAdded: null,
})

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

const effectErrors = (effect: unknown, path: string): FieldError[] => {
  if (!isSet(effect)) return [requiredError(path)]
  return effects.includes(asText(effect)) ? [] : [notSupported(path, effect, effects)]
}

const usableSelectors: Check = (_, path, { object }) =>
  asObjects(object['clusterRoleSelectors']).flatMap((selector, i) => {
    const at = `${path}.clusterRoleSelectors[${i}]`
    return isUnusable(selector) ? [invalid(at, null, 'invalid label selector.')] : []
  })

/** Messages name the list and not the element. */
const finalizers: Check = (value, path) =>
  (Array.isArray(value) ? value.map(asText) : []).flatMap((name) =>
    [...validateQualifiedName(name), ...validateStandardFinalizer(name)].map((why) =>
      invalid(path, name, why),
    ),
  )

const podCIDRs: Check = (value, path, frame) => {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  const text = 'may specify no more than one CIDR for each IP family'
  const families = given.map((item) => asText(item).includes(':'))
  return [
    ...each(cidr)(given, path, frame),
    ...(new Set(families).size < families.length ? [invalid(path, given, text)] : none),
  ]
}

const distinctTolerations: Check = (value, path) => {
  const shown = asObjects(value).map((one) => goValue('io.k8s.api.core.v1.Toleration', one))
  const keys = shown.map((one) => JSON.stringify(one))
  return keys.flatMap((key, i) =>
    keys.indexOf(key) < i ? [duplicate(`${path}[${i}]`, shown[i])] : [],
  )
}

/** Rules of what administrators set up. */
const isSystemPriority = ({ object }: Frame): boolean =>
  asText(asObject(object['metadata'])['name']).startsWith('system-')

export const administrationRules: Readonly<Record<string, PackageRules>> = {
  ...flowRules,
  ...storageClassRules,
  'io.k8s.api.certificates.v1': {
    CertificateSigningRequestSpec: {
      request: pemRequest,
      usages: keyUsages,
      signerName: signer,
      expirationSeconds: expiry,
    },
  },
  'io.k8s.api.core.v1': {
    NamespaceSpec: { finalizers },
    NodeSpec: { taints, podCIDRs },
    Taint: { key: [], effect: [] },
  },
  'io.k8s.api.node.v1': {
    RuntimeClass: { handler: [required(), label] },
    Overhead: {
      podFixed: (value, path, frame) => amounts(value, path.replace(/podFixed$/, 'limits'), frame),
    },
    Scheduling: { nodeSelector: labels, tolerations: distinctTolerations },
  },
  'io.k8s.api.rbac.v1': {
    AggregationRule: {
      clusterRoleSelectors: required(
        'at least one clusterRoleSelector required if aggregationRule is non-nil',
      ),
      '&selectors': usableSelectors,
    },
  },
  'io.k8s.api.scheduling.v1': {
    PriorityClass: {
      value: (value, path, frame) =>
        Number(value) > 1_000_000_000 && !isSystemPriority(frame)
          ? [forbidden(path, 'maximum allowed value of a user defined priority is 1000000000')]
          : none,
      preemptionPolicy: whenNew(required(), oneOf('PreemptLowerPriority', 'Never')),
    },
  },
}
