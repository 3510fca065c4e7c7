/** How an object is placed. The reason is one CamelCase word; the message has names and numbers, for people. */
export interface PlacementFinding {
  /** Everything of it has a place. There may be something to say all the same. */
  readonly placed: boolean
  readonly reason:
    | 'Placed'
    | 'NoClusters'
    | 'ClustersNotReady'
    | 'ReplicasUnplaced'
    | 'InvalidPreferences'
    | 'UnknownCluster'
  readonly message: string
}

export const whollyPlaced: PlacementFinding = { placed: true, reason: 'Placed', message: '' }
