import { parse } from 'yaml'
import { type Kubeconfig, KubeconfigError, type KubeconfigFile } from './kubeconfig-loader.ts'
import { kubeconfigOf } from './kubeconfig-loader.ts'

/** A kubeconfig that came as text (YAML or JSON), from an API object for example. Throws KubeconfigError. */
export function kubeconfigFromText(text: string): Kubeconfig {
  let parsed: unknown
  try {
    parsed = parse(text)
  } catch (cause) {
    throw new KubeconfigError('the kubeconfig is no YAML', { cause })
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new KubeconfigError('the kubeconfig holds no object')
  }
  return kubeconfigOf(parsed as KubeconfigFile)
}
