/** Why an object could not be placed wholly. The reason is one CamelCase word; the message has names and numbers, for people. */
export interface PlacementProblem {
  readonly reason: 'NoClusters' | 'ClustersNotReady' | 'ReplicasUnplaced' | 'InvalidPreferences'
  readonly message: string
}

const most = 5

/** The first few, and how many more. */
export const listed = (items: readonly string[]): string =>
  items.length <= most
    ? items.join(', ')
    : `${items.slice(0, most).join(', ')} and ${items.length - most} more`
