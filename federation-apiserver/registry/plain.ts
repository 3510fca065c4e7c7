import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'
import { claimUpdateErrors, volumeUpdateErrors } from './core/persistent-volume-update.ts'
import type { Strategy } from './strategy.ts'

/** A list of no drivers does not survive being stored by the original. */
function withoutEmptyDrivers(node: ApiObject): void {
  const drivers = node.spec?.['drivers']
  if (Array.isArray(drivers) && drivers.length === 0) node.spec = { ...node.spec, drivers: null }
}

function enterPhase(volume: ApiObject, at = now()): void {
  volume.status = { ...volume.status, lastPhaseTransitionTime: at }
}

/** When a volume came into its phase: told by the server, unless who writes the status tells it. */
function keepPhaseTime(volume: ApiObject, old: Readonly<ApiObject>): void {
  const before = old.status?.['lastPhaseTransitionTime'] as string | undefined
  const given = volume.status?.['lastPhaseTransitionTime']
  if (volume.status?.['phase'] !== old.status?.['phase']) {
    if (given === undefined || given === before) enterPhase(volume)
  } else if (given === undefined && before !== undefined) enterPhase(volume, before)
}

/** Resources whose new objects have a status of their own, and no other rules. */
export const plainStrategies: readonly Strategy[] = [
  {
    group: '',
    resource: 'persistentvolumes',
    initialStatus: { phase: 'Pending' },
    prepareForCreate: (object) => enterPhase(object),
    prepareForUpdate: (object, old) => keepPhaseTime(object, old),
    validateUpdate: (object, old) => volumeUpdateErrors(object, old),
  },
  {
    group: '',
    resource: 'persistentvolumeclaims',
    initialStatus: { phase: 'Pending' },
    validateUpdate: (object, old, { subresource }) =>
      subresource === '' ? claimUpdateErrors(object, old) : [],
  },
  {
    group: 'storage.k8s.io',
    resource: 'csinodes',
    prepareForCreate: (object) => withoutEmptyDrivers(object),
    prepareForUpdate: (object) => withoutEmptyDrivers(object),
  },
  {
    group: 'scheduling.k8s.io',
    resource: 'priorityclasses',
    // It is 1 for ever: no update counts.
    prepareForCreate(object) {
      object.metadata.generation = 1
    },
  },
]
