import type { GroupVersionKind } from '../../meta/group-version.ts'
import type { ResourceInfo, Scheme, SubresourceInfo } from '../scheme.ts'

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch'
export type Action = Method | 'list' | 'deletecollection'

/** One thing a client can do, independent of the version of OpenAPI. `body` and `answer` are definition names. */
export interface Operation {
  readonly path: string
  readonly method: Method
  readonly action: Action
  readonly gvk: GroupVersionKind
  readonly id: string
  readonly body?: string
  readonly answer: string
  readonly codes: readonly number[]
  /** Media types of the body. */
  readonly consumes: readonly string[]
  /** Names of query parameters. */
  readonly query: readonly string[]
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
const statusName = `${meta}Status`

const anyType = ['*/*']
const strategic = 'application/strategic-merge-patch+json'

/** The media types of PATCH that the server takes; kubectl chooses by them. */
const patchTypes: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  strategic,
  'application/apply-patch+yaml',
]

/** Nobody has said by what keys lists of a custom resource merge. */
const customPatchTypes = patchTypes.filter((type) => type !== strategic)

/** Query parameters and their types; kubectl reads from them what the server can do. */
export const queryTypes: Readonly<Record<string, 'string' | 'boolean' | 'integer'>> = {
  allowWatchBookmarks: 'boolean',
  continue: 'string',
  dryRun: 'string',
  fieldManager: 'string',
  fieldSelector: 'string',
  fieldValidation: 'string',
  force: 'boolean',
  gracePeriodSeconds: 'integer',
  labelSelector: 'string',
  limit: 'integer',
  orphanDependents: 'boolean',
  propagationPolicy: 'string',
  resourceVersion: 'string',
  resourceVersionMatch: 'string',
  sendInitialEvents: 'boolean',
  timeoutSeconds: 'integer',
  watch: 'boolean',
}

const listing = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
]
const writing = ['dryRun', 'fieldManager', 'fieldValidation']
const deleting = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy']

interface Kind {
  readonly method: Method
  readonly codes: readonly number[]
  readonly query: readonly string[]
  readonly word: string
  readonly onCollection?: true
}

/** By verb of the API. */
const kinds: Readonly<Record<string, Kind>> = {
  create: {
    method: 'post',
    codes: [200, 201, 202],
    query: writing,
    word: 'create',
    onCollection: true,
  },
  delete: { method: 'delete', codes: [200, 202], query: deleting, word: 'delete' },
  deletecollection: {
    method: 'delete',
    codes: [200],
    query: [...listing.filter((p) => p !== 'allowWatchBookmarks'), ...deleting],
    word: 'deletecollection',
    onCollection: true,
  },
  get: { method: 'get', codes: [200], query: [], word: 'read' },
  list: {
    method: 'get',
    codes: [200],
    query: [...listing, 'watch'],
    word: 'list',
    onCollection: true,
  },
  patch: { method: 'patch', codes: [200, 201], query: [...writing, 'force'], word: 'patch' },
  update: { method: 'put', codes: [200, 201], query: writing, word: 'replace' },
}

/** Everything one resource can do, subresources included. */
export function operationsOf(scheme: Scheme, info: ResourceInfo): Operation[] {
  const root = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`
  const inNamespace = info.namespaced ? `${root}/namespaces/{namespace}` : root
  const collection = `${inNamespace}/${info.resource}`
  const own = { ...info, verbs: info.verbs }
  const found = info.verbs.flatMap((verb) => operation(scheme, own, { verb, collection }) ?? [])
  const list = found.find((o) => o.action === 'list')
  if (info.namespaced && list !== undefined) {
    const id = `list${pascal(info.group)}${pascal(info.version)}${info.kind}ForAllNamespaces`
    found.push({ ...list, path: `${root}/${info.resource}`, id })
  }
  for (const sub of info.subresources.values()) {
    for (const verb of sub.verbs) {
      found.push(...(operation(scheme, own, { verb, collection, sub }) ?? []))
    }
  }
  return found
}

const pascal = (text: string): string =>
  text
    .split(/[.-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')

function operation(
  scheme: Scheme,
  info: ResourceInfo,
  at: { verb: string; collection: string; sub?: SubresourceInfo },
): [Operation] | undefined {
  const kind = kinds[at.verb]
  if (kind === undefined) return undefined
  const gvk = at.sub?.kind ?? { group: info.group, version: info.version, kind: info.kind }
  const own = scheme.definitionOf(gvk) ?? statusName
  const { method, codes, query, word } = kind
  const action = at.verb === 'list' || at.verb === 'deletecollection' ? at.verb : method
  const onCollection = kind.onCollection === true && at.sub === undefined
  const item = onCollection ? at.collection : `${at.collection}/{name}`
  const body = bodyOf(method, own)
  const types = scheme.structuralOf(info) === undefined ? patchTypes : customPatchTypes
  return [
    {
      path: at.sub === undefined ? item : `${item}/${at.sub.name}`,
      method,
      action,
      gvk,
      id: `${word}${pascal(info.group)}${pascal(info.version)}${info.namespaced ? 'Namespaced' : ''}${info.kind}${pascal(at.sub?.name ?? '')}`,
      ...(body === undefined ? {} : { body }),
      answer: answerOf(scheme, at.verb, { gvk, own }),
      codes,
      consumes: method === 'patch' ? types : anyType,
      query,
    },
  ]
}

function bodyOf(method: Method, own: string): string | undefined {
  if (method === 'post' || method === 'put') return own
  if (method === 'patch') return `${meta}Patch`
  return method === 'delete' ? `${meta}DeleteOptions` : undefined
}

function answerOf(
  scheme: Scheme,
  verb: string,
  of: { gvk: GroupVersionKind; own: string },
): string {
  if (verb === 'delete' || verb === 'deletecollection') return statusName
  if (verb !== 'list') return of.own
  return scheme.definitionOf({ ...of.gvk, kind: `${of.gvk.kind}List` }) ?? of.own
}
