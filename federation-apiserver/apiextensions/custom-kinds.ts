import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import { compareVersions } from '#apimachinery/meta/version-priority.ts'
import type { CustomKind, ResourceInfo, SubresourceInfo } from '#apimachinery/scheme/scheme.ts'
import { findAll, parseJsonPath } from '#apimachinery/structural/json-path.ts'
import { fillDefaults } from '#apimachinery/structural/defaulting.ts'
import type { JsonSchema } from '#apimachinery/structural/json-schema.ts'
import { prune } from '#apimachinery/structural/prune.ts'
import { customDefinitions, definitionName } from '#apimachinery/structural/to-definition.ts'
import {
  type CustomResourceVersion,
  isTrue,
  specOf,
  statusOf,
} from '../registry/apiextensions/definition.ts'
import { type ScalePaths, scaleKind } from '../registry/scale.ts'
import { isEqual } from '../registry/equality.ts'
import type { Strategy } from '../registry/strategy.ts'
import type { VersionView } from './versioned-storage.ts'

/** One served version of a custom resource, and what its handlers need beside the schema. */
export interface CustomResource extends CustomKind {
  readonly strategy: Strategy
  readonly version: CustomResourceVersion
  readonly scale: ScalePaths | undefined
  readonly deprecation: string | undefined
  /** Absent when the version sees every object as it is stored. */
  readonly view?: VersionView
}

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
const partVerbs = ['get', 'patch', 'update']

const open: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/** The resources that a definition stands for: one a served version, none before its names are accepted. */
export function customResourcesOf(definition: Readonly<ApiObject>): CustomResource[] {
  if (!isTrue(definition, 'Established')) return []
  const { versions } = specOf(definition)
  const storage = versions.find((version) => version.storage)?.name ?? ''
  return versions
    .filter((version) => version.served)
    .map((version) => customResource(definition, version, storage))
}

const schemaOf = ({ schema }: CustomResourceVersion): JsonSchema => schema?.openAPIV3Schema ?? open

/**
 * Objects have what the schema of the storage version knows, and its defaults; of that a version shows what its own schema knows. Nothing of it has to be done
 * while the first schema is the only one.
 */
function viewOf(
  definition: Readonly<ApiObject>,
  version: CustomResourceVersion,
): VersionView | undefined {
  const { versions } = specOf(definition)
  const storage = versions.find((one) => one.storage)
  const isFirst = (definition.metadata.generation ?? 1) === 1
  if (storage === undefined) return undefined
  const stored = schemaOf(storage)
  const areAlike = versions.every((one) => isEqual(schemaOf(one), stored))
  if (isFirst && areAlike) return undefined
  const own = schemaOf(version)
  return {
    read(body) {
      fillDefaults(stored, body)
      prune(stored, body)
      if (version !== storage) prune(own, body)
    },
    write(body) {
      if (version !== storage) prune(stored, body)
    },
  }
}

function subresourcesOf(
  gvk: ResourceInfo,
  { subresources }: CustomResourceVersion,
): Map<string, SubresourceInfo> {
  const found = new Map<string, SubresourceInfo>()
  const { group, version, kind } = gvk
  if (subresources?.status !== undefined) {
    found.set('status', { name: 'status', verbs: partVerbs, kind: { group, version, kind } })
  }
  if (subresources?.scale !== undefined) {
    found.set('scale', { name: 'scale', verbs: partVerbs, kind: scaleKind })
  }
  return found
}

function customResource(
  definition: Readonly<ApiObject>,
  version: CustomResourceVersion,
  storage: string,
): CustomResource {
  const { group, scope } = specOf(definition)
  const names = statusOf(definition).acceptedNames ?? specOf(definition).names
  const gvk = { group, version: version.name, kind: names.kind }
  const isTerminating = definition.metadata.deletionTimestamp !== undefined
  const schema = schemaOf(version)
  const view = viewOf(definition, version)
  const info: ResourceInfo = {
    ...gvk,
    resource: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: scope === 'Namespaced',
    // Nothing is made any more of what is going.
    verbs: isTerminating ? verbs.filter((verb) => verb !== 'create') : verbs,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    subresources: new Map(),
    definition: definitionName(gvk),
    stored: true,
    hub: { group, version: storage, resource: names.plural },
  }
  const whole = { ...info, subresources: subresourcesOf(info, version) }
  return {
    info: whole,
    schema,
    definitions: customDefinitions(gvk, schema),
    version,
    strategy: strategyOf(whole, version),
    scale: scaleOf(version),
    deprecation: version.deprecated === true ? warningOf(definition, version) : undefined,
    ...(view === undefined ? {} : { view }),
  }
}

/** What a deprecated version says of itself, or that a better one is there. */
function warningOf(definition: Readonly<ApiObject>, version: CustomResourceVersion): string {
  if (version.deprecationWarning !== undefined) return version.deprecationWarning
  const { group, names, versions } = specOf(definition)
  const better = versions
    .filter(({ served, deprecated }) => served && deprecated !== true)
    .map(({ name }) => name)
    .filter((name) => compareVersions(name, version.name) < 0)
    .sort(compareVersions)
    .at(0)
  const said = `${group}/${version.name} ${names.kind} is deprecated`
  return better === undefined ? said : `${said}; use ${group}/${better} ${names.kind}`
}

const fieldsOf = (path: string): string[] => path.replace(/^\./, '').split('.')

function scaleOf({ subresources }: CustomResourceVersion): ScalePaths | undefined {
  const scale = subresources?.scale
  if (scale === undefined) return undefined
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  return {
    replicas: fieldsOf(specReplicasPath),
    statusReplicas: fieldsOf(statusReplicasPath),
    selector: labelSelectorPath === undefined ? [] : fieldsOf(labelSelectorPath),
  }
}

function strategyOf(
  info: ResourceInfo,
  { selectableFields = [] }: CustomResourceVersion,
): Strategy {
  const hasStatus = info.subresources.has('status')
  const fields = selectableFields.map(({ jsonPath }) => {
    const path = parseJsonPath(jsonPath)
    const read = (object: object): string => {
      const [value] = findAll(path, object)
      return value === undefined || value === null ? '' : String(value as string)
    }
    return [jsonPath.replace(/^\./, ''), read] as const
  })
  return {
    group: info.group,
    resource: info.resource,
    generation: hasStatus ? true : 'status',
    needsResourceVersion: true,
    statusKeeps: 'metadata',
    ...(fields.length > 0 ? { fields: Object.fromEntries(fields) } : {}),
    unknownField: (label) => `field label not supported: ${label}`,
    prepareForCreate(object) {
      if (hasStatus) delete object.status
    },
  }
}
