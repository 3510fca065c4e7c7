import { randomUUID } from 'node:crypto'
import { type FieldError, invalid } from '#apimachinery/errors/field-error.ts'
import type { ApiObject, JsonObject } from '#apimachinery/meta/object-meta.ts'
import { now } from '#apimachinery/meta/time.ts'
import { deviceKey } from '#apimachinery/scheme/rules/claim-status.ts'
import { goValue } from '#apimachinery/scheme/rules/go-value.ts'
import { claimUpdateErrors, volumeUpdateErrors } from './core/persistent-volume-update.ts'
import { isEqual } from './equality.ts'
import { specField } from './field-label.ts'
import type { Strategy } from './strategy.ts'

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

interface DataSource {
  readonly apiGroup?: string
  readonly kind?: string
}

const legacySources: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: '',
  VolumeSnapshot: 'snapshot.storage.k8s.io',
}

/**
 * The older of the two fields that say what a claim is filled with cannot name a namespace, and forgets what is no claim and no snapshot, until a claim
 * has a source.
 */
function sameSources({ spec = {} }: ApiObject, old: Readonly<ApiObject> | undefined): void {
  const had = old?.spec?.['dataSource'] !== undefined || old?.spec?.['dataSourceRef'] !== undefined
  const { kind = '', apiGroup = '' } = (spec['dataSource'] ?? {}) as DataSource
  if (!had && legacySources[kind] !== apiGroup) delete spec['dataSource']
  const { dataSource, dataSourceRef } = spec as { dataSource?: object; dataSourceRef?: object }
  if (dataSource !== undefined && dataSourceRef === undefined) {
    spec['dataSourceRef'] = { ...dataSource }
  } else if (dataSource === undefined && dataSourceRef !== undefined) {
    if (!('namespace' in dataSourceRef)) spec['dataSource'] = { ...dataSourceRef }
  }
}

/** Secrets are in the namespace of their account: only their names are kept. */
function namesOfSecrets(account: ApiObject): void {
  const { secrets } = account as { secrets?: readonly { name?: string }[] }
  if (secrets !== undefined) {
    account['secrets'] = secrets.map(({ name }) => (name === undefined ? {} : { name }))
  }
}

/** What a driver says of itself stays, but for how much it can attach. */
function driverErrors(object: ApiObject, old: Readonly<ApiObject>): FieldError[] {
  const drivers = ({ spec = {} }: Readonly<ApiObject>) => (spec['drivers'] ?? []) as JsonObject[]
  const steady = (driver: JsonObject): JsonObject => ({ ...driver, allocatable: undefined })
  const now = drivers(object).map(steady)
  return drivers(old).flatMap((before) =>
    now
      .filter((driver) => driver['name'] === before['name'])
      .filter((driver) => !isEqual(driver, steady(before)))
      .map((driver) => {
        const shown = goValue('io.k8s.api.storage.v1.CSINodeDriver', driver)
        return invalid('spec.drivers', shown, 'field is immutable')
      }),
  )
}

const keyOf = (device: JsonObject): string => JSON.stringify(deviceKey(device))

function allocated({ status }: Readonly<ApiObject>): ReadonlySet<string> {
  const { devices } = (status?.['allocation'] ?? {}) as { devices?: { results?: JsonObject[] } }
  return new Set((devices?.results ?? []).map(keyOf))
}

/** Of devices that a claim gives back nothing is told any longer. */
function forgetReturned(claim: ApiObject, old: Readonly<ApiObject>): void {
  const { status = {} } = claim
  const devices = status['devices'] as JsonObject[] | undefined
  if (devices === undefined) return
  const [now, before] = [allocated(claim), allocated(old)]
  const left = devices.filter((one) => now.has(keyOf(one)) || !before.has(keyOf(one)))
  if (left.length > 0) status['devices'] = left
  else delete status['devices']
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
    prepareForCreate: (object) => sameSources(object, undefined),
    prepareForUpdate: sameSources,
    validateUpdate: (object, old, { subresource }) =>
      subresource === '' ? claimUpdateErrors(object, old) : [],
  },
  {
    group: '',
    resource: 'serviceaccounts',
    prepareForCreate: namesOfSecrets,
    prepareForUpdate: namesOfSecrets,
  },
  {
    group: '',
    resource: 'limitranges',
    prepareForCreate(object) {
      if ((object.metadata.name ?? '') === '') object.metadata.name = randomUUID()
    },
  },
  { group: 'discovery.k8s.io', resource: 'endpointslices', generation: 'labels' },
  {
    group: 'resource.k8s.io',
    resource: 'resourceclaims',
    prepareForUpdate(object, old, { subresource }) {
      if (subresource === 'status') forgetReturned(object, old)
    },
  },
  {
    group: 'resource.k8s.io',
    resource: 'resourceslices',
    fields: { 'spec.nodeName': specField('nodeName'), 'spec.driver': specField('driver') },
    unknownField: (label) =>
      `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${label}`,
  },
  { group: 'storage.k8s.io', resource: 'csinodes', validateUpdate: driverErrors },
  {
    group: 'storage.k8s.io',
    resource: 'csidrivers',
    // New ones have none.
    prepareForUpdate(object, old) {
      if (isEqual(object.spec, old.spec)) return
      object.metadata.generation = (old.metadata.generation ?? 0) + 1
    },
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
