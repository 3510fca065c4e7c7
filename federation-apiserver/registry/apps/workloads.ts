import { type FieldError, forbidden } from '#apimachinery/errors/field-error.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { templateGeneration } from '#apimachinery/schema/defaults.ts'
import { isEqual, isEqualExcept } from '../equality.ts'
import { fixedError, labelSelector } from '../fixed-fields.ts'
import type { Strategy } from '../strategy.ts'

/** What makes pods for ever: its selector never changes. Selector and template are judged together with the schema. */
const workload = (resource: string, extra: Partial<Strategy> = {}) =>
  ({
    group: 'apps',
    resource,
    validateUpdate: (object, old) =>
      fixedError({ path: 'spec.selector', as: labelSelector }, object, old),
    ...extra,
  }) satisfies Strategy

/** What may change of a StatefulSet, in the order in which messages name it. */
const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]

function setUpdateErrors({ spec = {} }: ApiObject, old: Readonly<ApiObject>): FieldError[] {
  if (isEqualExcept(spec, old.spec ?? {}, new Set(changeable))) return []
  const names = changeable.map((field) => `'${field}'`)
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
  const why = `updates to statefulset spec for fields other than ${list} are forbidden`
  return [forbidden('spec', why)]
}

/** Counts the changes of a DaemonSet's template; clients cannot. */
function setTemplateGeneration(object: ApiObject, count: number): void {
  const { annotations } = object.metadata
  object.metadata.annotations = { ...annotations, [templateGeneration]: String(count) }
}

export const workloadStrategies: readonly Strategy[] = [
  workload('deployments', { generation: 'annotations' }),
  workload('replicasets'),
  workload('statefulsets', {
    validateUpdate: (object, old, { subresource }) =>
      subresource === '' ? setUpdateErrors(object, old) : [],
  }),
  workload('daemonsets', {
    prepareForCreate: (object) => setTemplateGeneration(object, 1),
    prepareForUpdate(object, old) {
      const before = Number(old.metadata.annotations?.[templateGeneration] ?? 0)
      const isChanged = !isEqual(object.spec?.['template'], old.spec?.['template'])
      setTemplateGeneration(object, isChanged ? before + 1 : before)
    },
  }),
]
