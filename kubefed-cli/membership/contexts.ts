import { type Kubeconfig, KubeconfigError } from '#client/kubeconfig.ts'

const existing = (config: Kubeconfig): string =>
  [...config.contexts.keys()].sort().join(', ') || 'none'

/** Throws an Error that names the context and lists those that exist. */
export function requireContext(config: Kubeconfig, name: string, flag: string): void {
  if (config.contexts.has(name)) return
  const what = flag === 'cluster-context' ? 'cluster context' : `context of --${flag},`
  throw new KubeconfigError(
    `${what} "${name}" not found in ${config.paths.join(', ')}; contexts there: ${existing(config)}. Choose one with --${flag}`,
  )
}
