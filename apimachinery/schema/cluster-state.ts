import type { Cluster } from './federation.ts'

/** Ready; Offline: it cannot be reached; NotReady: it answers and is not well; Unknown: nobody has asked it yet. */
export type ClusterState = 'Ready' | 'Offline' | 'NotReady' | 'Unknown'

/** The conditions of a Cluster in one word, as `kubectl get clusters` shows it. */
export function clusterState(status: Cluster['status']): ClusterState {
  const is = (type: string, value: string): boolean =>
    status?.conditions?.some((one) => one.type === type && one.status === value) === true
  if (is('Ready', 'True')) return 'Ready'
  if (is('Offline', 'True')) return 'Offline'
  return is('Ready', 'False') ? 'NotReady' : 'Unknown'
}
