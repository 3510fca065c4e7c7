import type { RequestVerb } from '../registry/strategy.ts'

/** What a request asks for, from its method and URL alone. Absent parts are ''. */
export interface RequestInfo {
  /** False for /version, /healthz, discovery …: authorised by path and lower-case method. */
  readonly resourceRequest: boolean
  /** Decoded path without the query. */
  readonly path: string
  /** create, get, list, watch, update, patch, delete, deletecollection; the lower-case HTTP method for non-resource requests. */
  readonly verb: RequestVerb | (string & {})
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** Path after the subresource (proxy paths). */
  readonly rest: string
  readonly query: URLSearchParams
}

/** HTTP/2 lets clients send any word as the method. */
const methodVerbs: ReadonlyMap<string, RequestVerb> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
])

const noQuery = new URLSearchParams()

const namespaceSubresources = new Set(['status', 'finalize'])

/** Whatever else a parameter says is true. */
export const isFalse = (value: string): boolean => value.toLowerCase() === 'false' || value === '0'

/** Of a path with nothing but whole escapes; what they make that is no UTF-8 becomes U+FFFD. */
function unescapePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    const bytes = path.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    return Buffer.from(bytes, 'latin1').toString()
  }
}

/** A per cent sign that nothing follows from: such a path is no path at all (RFC 3986 §2.1). */
export const hasBadEscape = (url: string): boolean =>
  url.includes('%') && /^[^?]*%(?![\da-f]{2})/i.test(url)

/** Parameters that Go's parser cannot read, it leaves out. */
function parseQuery(text: string): URLSearchParams {
  if (!/;|%(?![\da-f]{2})/i.test(text)) return new URLSearchParams(text)
  const readable = text.split('&').filter((one) => !/;|%(?![\da-f]{2})/i.test(one))
  return new URLSearchParams(readable.join('&'))
}

/** `metadata.name=x` in a field selector narrows a collection request to one name, so that resourceNames rules apply. */
function selectedName(query: URLSearchParams): string {
  const selector = query.get('fieldSelector')
  if (selector === null) return ''
  for (const part of selector.split(',')) {
    const match = /^metadata\.name==?(?!=)(.+)$/.exec(part.trim())
    if (match?.[1] !== undefined) return match[1]
  }
  return ''
}

function collectionVerb(verb: string, query: URLSearchParams): string {
  if (verb === 'delete') return 'deletecollection'
  if (verb !== 'get') return verb
  const watch = query.get('watch')
  return watch !== null && !isFalse(watch) ? 'watch' : 'list'
}

/** Names and namespace from the segments after the group-version (and after `watch/`). */
function locate(rest: readonly string[]): {
  namespace: string
  resource: string
  name: string
  subresource: string
  rest: string
} {
  const [first = '', second = '', third = ''] = rest
  if (first === 'namespaces' && second !== '') {
    if (rest.length > 2 && !namespaceSubresources.has(third)) {
      const [, , resource = '', name = '', subresource = '', ...more] = rest
      return { namespace: second, resource, name, subresource, rest: more.join('/') }
    }
    return { namespace: second, resource: first, name: second, subresource: third, rest: '' }
  }
  const [resource = '', name = '', subresource = '', ...more] = rest
  return { namespace: '', resource, name, subresource, rest: more.join('/') }
}

const nonResource = (path: string, method: string, query: URLSearchParams): RequestInfo => ({
  resourceRequest: false,
  path,
  verb: method.toLowerCase(),
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  rest: '',
  query,
})

/** A path as nearly all are: from the root and without empty segments. */
const isPlain = (path: string): boolean => path.startsWith('/') && !path.includes('//')

/** Reads the request line as Kubernetes does; `url` is the raw request target. */
export function parseRequestInfo(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?')
  const query = mark < 0 ? noQuery : parseQuery(url.slice(mark + 1))
  const raw = mark < 0 ? url : url.slice(0, mark)
  const given = raw.includes('%') ? unescapePath(raw) : raw
  const segments = given.split('/').filter((s) => s !== '')
  // Rights on paths tell `/logs` from `/logs/`.
  const path = isPlain(given)
    ? given
    : `/${segments.join('/')}${segments.length > 0 && given.endsWith('/') ? '/' : ''}`
  const [prefix] = segments
  // A method without a meaning is refused by the resource: 405.
  const verb: string = methodVerbs.get(method) ?? method.toLowerCase()
  const groupParts = prefix === 'api' ? 2 : prefix === 'apis' ? 3 : Infinity
  if (segments.length <= groupParts) return nonResource(path, method, query)

  const group = prefix === 'api' ? '' : (segments[1] ?? '')
  const version = segments[groupParts - 1] ?? ''
  const watchPath = segments[groupParts] === 'watch' && segments.length > groupParts + 1
  const located = locate(segments.slice(watchPath ? groupParts + 1 : groupParts))
  // Whatever the method: who may only watch can do nothing else under watch/.
  const ownVerb = located.name === '' ? collectionVerb(verb, query) : verb
  const finalVerb = watchPath ? 'watch' : ownVerb
  // A collection is deleted by who may delete all of it: there a name narrows nothing.
  const narrows = finalVerb === 'list' || finalVerb === 'watch'
  const name = located.name === '' && narrows ? selectedName(query) : located.name
  const { namespace, resource, subresource, rest } = located
  return {
    ...{ resourceRequest: true, path, verb: finalVerb, group, version },
    ...{ resource, subresource, namespace, name, rest, query },
  }
}
