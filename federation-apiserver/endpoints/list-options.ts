import { type FieldError, forbidden, notSupported } from '#apimachinery/errors/field-error.ts'
import { newBadRequest, newStatusError } from '#apimachinery/errors/status-error.ts'
import type { Freshness } from '../storage/interface.ts'
import { type ContinueToken, decodeContinue } from './continue-token.ts'
import { parseBoolean, parseInt64 } from './query-parameters.ts'
import { invalidOptions } from './write-options.ts'

export interface ListQuery {
  readonly freshness: Freshness
  /** Exactly this revision; with it `freshness` does not matter. */
  readonly exactRevision?: number
  readonly limit?: number
  readonly after?: string
}

export interface WatchQuery {
  /** Where to begin: at the state (`latest`, `any`, or not older than a revision), or behind a revision or what is newest. */
  readonly start:
    | { readonly state: Freshness; readonly bookmark: boolean }
    | { readonly after: number | 'latest' }
  readonly bookmarks: boolean
  /** Milliseconds until the server ends the watch. */
  readonly timeoutMs: number
}

const limitOf = (query: URLSearchParams): number => parseInt64(query.get('limit') ?? '0')

const timeoutOf = (query: URLSearchParams): number => parseInt64(query.get('timeoutSeconds') ?? '0')

const unparsable = (text: string): string => {
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax'
  return `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`
}

const isUint64 = (text: string): boolean =>
  /^\d+$/.test(text) && BigInt.asUintN(64, BigInt(text)) === BigInt(text)

/** Freshness that a GET, or a list without a match rule, asks for. `code` is what a wrong number is answered with. */
export function parseFreshness(text: string | null, code: 400 | 500): Freshness {
  if (text === null || text === '') return 'latest'
  if (text === '0') return 'any'
  if (isUint64(text)) return Number(text)
  if (code === 400) throw newBadRequest(`invalid resource version: ${unparsable(text)}`)
  throw newStatusError({ code, reason: '', message: unparsable(text) })
}

const matches = ['Exact', 'NotOlderThan']

function unsupportedMatch(match: string): FieldError {
  return {
    type: 'FieldValueNotSupported',
    field: 'resourceVersionMatch',
    message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
  }
}

/** Combinations that have no meaning, as the original words them. */
function matchErrors(query: URLSearchParams): FieldError[] {
  const match = query.get('resourceVersionMatch') ?? ''
  const revision = query.get('resourceVersion') ?? ''
  const errors: FieldError[] = []
  if (match !== '') errors.push(...ruleErrors(match, revision, query))
  if (query.get('sendInitialEvents') !== null) {
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  return errors
}

function ruleErrors(match: string, revision: string, query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = []
  const why = (text: string): FieldError =>
    forbidden('resourceVersionMatch', `resourceVersionMatch is forbidden ${text}`)
  if (revision === '') errors.push(why('unless resourceVersion is provided'))
  if ((query.get('continue') ?? '') !== '') {
    errors.push(why('when continue is provided'))
  }
  if (!matches.includes(match)) errors.push(unsupportedMatch(match))
  if (match === 'Exact' && revision === '0') {
    errors.push(
      forbidden(
        'resourceVersionMatch',
        'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ),
    )
  }
  return errors
}

const fromToken = (
  token: ContinueToken,
): Pick<ListQuery, 'freshness' | 'exactRevision' | 'after'> =>
  token.revision < 0
    ? { freshness: 'latest', after: token.after }
    : { freshness: 'latest', exactRevision: token.revision, after: token.after }

/** Numbers that are none are found before anything else. Throws 400. */
export function checkNumbers(query: URLSearchParams): void {
  timeoutOf(query)
  limitOf(query)
}

/** Throws 422 for options of a list or watch that have no meaning together. */
export function checkCombination(query: URLSearchParams): void {
  // A path that watches (`/api/v1/watch/`) does not ask for it in its query.
  const watches = parseBoolean(query, 'watch') === true
  const errors = watches ? initialEventsErrors(query) : matchErrors(query)
  if (errors.length > 0) throw invalidOptions('ListOptions', errors)
}

/** limit, continue, resourceVersion and resourceVersionMatch of a list; throws 400. What they may not be together is for `parsePredicate` to find. */
export function parseListQuery(query: URLSearchParams): ListQuery {
  if (query.size === 0) return { freshness: 'latest' }
  const asked = limitOf(query)
  const revision = query.get('resourceVersion')
  const token = query.get('continue') ?? ''
  if (token !== '') {
    const place = fromToken(decodeContinue(token))
    if (revision !== null && revision !== '') {
      throw newBadRequest('specifying resource version is not allowed when using continue')
    }
    return { ...(asked > 0 ? { limit: asked } : {}), ...place }
  }
  const freshness = parseFreshness(revision, 400)
  // Whatever is at hand is sent whole, as the original's cache does.
  const limit = asked > 0 && freshness !== 'any' ? { limit: asked } : {}
  const match = query.get('resourceVersionMatch') ?? ''
  const exact = match === 'Exact' || (match === '' && asked > 0 && typeof freshness === 'number')
  return {
    ...limit,
    freshness,
    ...(exact && typeof freshness === 'number' ? { exactRevision: freshness } : {}),
  }
}

function initialEventsErrors(query: URLSearchParams): FieldError[] {
  const match = query.get('resourceVersionMatch') ?? ''
  const errors: FieldError[] = []
  const forbid = (why: string): void => void errors.push(forbidden('resourceVersionMatch', why))
  const asked = query.get('sendInitialEvents') !== null
  if (asked && match !== 'NotOlderThan') {
    forbid('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  }
  // Where no version is asked for, the state is sent first.
  const isLegacy = !asked && ['', '0'].includes(query.get('resourceVersion') ?? '')
  if (match === '' && !isLegacy) return errors
  if (match === '') return continueErrors(query)
  if (!asked)
    forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
  if (match !== 'NotOlderThan') {
    errors.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']))
  }
  return [...errors, ...continueErrors(query)]
}

const continueErrors = (query: URLSearchParams): FieldError[] =>
  (query.get('continue') ?? '') === ''
    ? []
    : [
        forbidden(
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden when continue is provided',
        ),
      ]

/** Between 30 and 60 minutes, so that watches that began together do not end together. */
const defaultTimeoutMs = (): number => (30 + 30 * Math.random()) * 60_000

export function parseWatchQuery(query: URLSearchParams): WatchQuery {
  const seconds = timeoutOf(query)
  const bookmarks = parseBoolean(query, 'allowWatchBookmarks') ?? false
  const initial = parseBoolean(query, 'sendInitialEvents')
  const freshness = parseFreshness(query.get('resourceVersion'), 500)
  // Less than none is over at once.
  const lasts = Math.max(0, Math.min(seconds, 24 * 3600)) * 1000
  const timeoutMs = seconds === 0 ? defaultTimeoutMs() : lasts
  if (initial === true) {
    return { start: { state: freshness, bookmark: bookmarks }, bookmarks, timeoutMs }
  }
  if (typeof freshness === 'number') return { start: { after: freshness }, bookmarks, timeoutMs }
  const start =
    initial === false ? ({ after: 'latest' } as const) : { state: freshness, bookmark: false }
  return { start, bookmarks, timeoutMs }
}
