import { pino, type DestinationStream, type Logger } from 'pino'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

/** What never reaches a log, wherever in a logged value it stands up to three levels deep: tokens, keys, kubeconfigs, contents of Secrets. */
const secretFields = [
  ...['token', 'password', 'authorization', 'kubeconfig', 'privateKey', 'clientKey', 'key'],
  ...['"client-key-data"', '"client-certificate-data"', 'stringData', 'data'],
]

const redactPaths = ['', '*.', '*.*.'].flatMap((prefix) => [
  ...secretFields.map((field) =>
    field.startsWith('"') ? `${prefix.slice(0, -1)}[${field}]` : `${prefix}${field}`,
  ),
])

/** The one logger of a program: JSON lines on standard error, secrets replaced by [redacted]. */
export const createLogger = (
  options: { readonly program: string; readonly level: (typeof logLevels)[number] },
  destination: DestinationStream = pino.destination(2),
): Logger =>
  pino(
    {
      level: options.level,
      base: { program: options.program },
      redact: { paths: redactPaths, censor: '[redacted]' },
    },
    destination,
  )
