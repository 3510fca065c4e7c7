import { type FieldError, invalid, notSupported } from '../../errors/field-error.ts'
import { enclosing, none, type Check, type PackageRules, type Union } from './check.ts'
import { all, atLeast, between, refuse, required } from './checks.ts'
import { asText } from './read.ts'

const podSpec = 'io.k8s.api.core.v1.PodSpec'

/** IANA_SVC_NAME: the name of a port. */
export const portName: Check = (value, path) => {
  const name = asText(value)
  const problems = [
    ...(name.length > 15 ? ['must be no more than 15 characters'] : []),
    ...(/^[-a-z0-9]+$/.test(name)
      ? []
      : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(name) ? [] : ['must contain at least one letter (a-z)']),
    ...(name.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(/^-|-$/.test(name) ? ['must not begin or end with a hyphen'] : []),
  ]
  return problems.map((why) => invalid(path, name, why))
}

/** A number of a port or the name of one. */
export const portNumberOrName: Check = (value, path, frame) =>
  typeof value === 'string'
    ? portName(value, path, frame)
    : between(1, 65535)(value ?? 0, path, frame)

const handlers: Union = {
  members: ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'],
  more: 'may not specify more than 1 handler type',
  none: 'must specify a handler type',
}

const sleepSeconds: Check = (value, path, frame) => {
  const grace = enclosing(frame, podSpec)?.object['terminationGracePeriodSeconds']
  const most = typeof grace === 'number' ? grace : 30
  const seconds = typeof value === 'number' ? value : 0
  if (seconds >= 0 && seconds <= most) return none
  const why = `must be non-negative and less than terminationGracePeriodSeconds (${most})`
  return [invalid(path.replace(/\.seconds$/, ''), seconds, why)]
}

const mustBeOne = refuse((value) => value !== undefined && value !== 1, 'must be 1')

const isAt =
  (kinds: RegExp, ...checks: readonly Check[]): Check =>
  (value, path, frame) =>
    kinds.test(frame.path) ? all(...checks)(value, path, frame) : none

const positive = refuse(
  (value) => typeof value === 'number' && value <= 0,
  'must be greater than 0',
)
const notForReadiness = refuse(
  (value) => value !== undefined,
  'must not be set for readinessProbes',
)

const schemes = ['HTTP', 'HTTPS']

/** Probes and lifecycle hooks. */
export const handlerRules: PackageRules = {
  ExecAction: { command: required() },
  GRPCAction: { port: portNumberOrName },
  HTTPGetAction: {
    path: required(),
    port: portNumberOrName,
    scheme: (value, path): readonly FieldError[] =>
      schemes.includes(asText(value)) ? none : [notSupported(path, asText(value), schemes)],
  },
  HTTPHeader: {
    name: (value, path) =>
      /^[-A-Za-z0-9]+$/.test(asText(value))
        ? none
        : [
            invalid(
              path,
              asText(value),
              "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
            ),
          ],
  },
  LifecycleHandler: { '&handler': handlers },
  Probe: {
    '&handler': handlers,
    initialDelaySeconds: atLeast(0),
    timeoutSeconds: atLeast(0),
    periodSeconds: atLeast(0),
    successThreshold: atLeast(0),
    failureThreshold: atLeast(0),
    terminationGracePeriodSeconds: all(positive, isAt(/readinessProbe$/, notForReadiness)),
    '&once': isAt(/(liveness|startup)Probe$/, (_, path, frame) =>
      mustBeOne(frame.object['successThreshold'], `${path}.successThreshold`, frame),
    ),
  },
  SleepAction: { seconds: sleepSeconds },
  TCPSocketAction: { port: portNumberOrName },
}
