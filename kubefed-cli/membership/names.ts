import { UsageError } from '#apimachinery/errors/usage-error.ts'
import {
  type NameProblems,
  validateLabel1035,
  validateLabel,
  validateSubdomain,
} from '#apimachinery/meta/names.ts'

function refuse(what: string, name: string, problems: NameProblems): void {
  if (problems.length > 0)
    throw new UsageError(`${what} "${name}" is not valid: ${problems.join('; ')}`)
}

/** Names of clusters are DNS-1035 labels: they are parts of domain names. Throws UsageError. */
export const requireClusterName = (name: string): void =>
  refuse('the cluster name', name, validateLabel1035(name))

export const requireSecretName = (name: string): void =>
  refuse('--secret-name', name, validateSubdomain(name))

export const requireNamespace = (flag: string, name: string): void =>
  refuse(`--${flag}`, name, validateLabel(name))
