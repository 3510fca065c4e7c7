export interface SharingCluster {
  readonly name: string
  /** Replicas assigned before; undefined: it has no share yet. */
  readonly current: number | undefined
  /** False: it does not answer, so it keeps what it has and gets nothing more. */
  readonly mayGrow: boolean
}
export interface ShareInput {
  readonly total: number
  /** The annotation; undefined when there is none. */
  readonly preferences: string | undefined
  /** `namespace/name`: breaks ties, so that not every object begins with the same cluster. */
  readonly key: string
  readonly clusters: readonly SharingCluster[]
}
export interface Shares {
  readonly shares: ReadonlyMap<string, number>
  readonly problem: string | undefined
}
export function replicaShares(input: ShareInput): Shares {
  const n = input.clusters.length
  return {
    shares: new Map(input.clusters.map(({ name }, i) => [name, Math.floor(input.total / n) + (i < input.total % n ? 1 : 0)])),
    problem: undefined,
  }
}
