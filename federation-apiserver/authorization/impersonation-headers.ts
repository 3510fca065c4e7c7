import { newBadRequest } from '#apimachinery/errors/status-error.ts'
import type { UserInfo } from '../authentication/user-info.ts'

const extraPrefix = 'impersonate-extra-'

/** Values of the Impersonate- headers by lower-case name: one for each line that was sent; undefined when there is none. */
function impersonationHeaders(
  rawHeaders: readonly string[],
): ReadonlyMap<string, string[]> | undefined {
  let found: Map<string, string[]> | undefined
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase()
    if (!name.startsWith('impersonate-')) continue
    found ??= new Map()
    const values = found.get(name)
    if (values === undefined) found.set(name, [rawHeaders[i + 1] ?? ''])
    else values.push(rawHeaders[i + 1] ?? '')
  }
  return found
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const goList = (list: readonly string[]): string =>
  `[]string{${list.map((one) => JSON.stringify(one)).join(', ')}}`

/** The user as Go prints the struct: that is what Kubernetes answers. */
function shown({ name, uid = '', groups, extra }: UserInfo): string {
  const pairs = Object.entries(extra ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  const inGroups = groups.length === 0 ? '[]string(nil)' : goList(groups)
  const inExtra =
    pairs.length === 0
      ? 'map[string][]string(nil)'
      : `map[string][]string{${pairs.map(([key, values]) => `${JSON.stringify(key)}:${goList(values)}`).join(', ')}}`
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:${inGroups}, Extra:${inExtra}}`
}

/**
 * Who a client wants to be; undefined when it says nothing. `rawHeaders` is a list of names and values in turns, as Node gives it:
 * groups may hold commas, so joined lines cannot be told apart. Throws 400 for groups, uid or extra without a user.
 */
export function requestedUser(rawHeaders: readonly string[]): UserInfo | undefined {
  const headers = impersonationHeaders(rawHeaders)
  if (headers === undefined) return undefined
  const [name = ''] = headers.get('impersonate-user') ?? []
  const [uid = ''] = headers.get('impersonate-uid') ?? []
  const groups = headers.get('impersonate-group') ?? []
  const extra = Object.fromEntries(
    [...headers]
      .filter(([header]) => header.startsWith(extraPrefix))
      .map(([header, values]) => [decoded(header.slice(extraPrefix.length)), values]),
  )
  const hasExtra = Object.keys(extra).length > 0
  const user = { name, groups, ...(uid !== '' && { uid }), ...(hasExtra && { extra }) }
  if (name !== '') return user
  if (groups.length === 0 && uid === '' && !hasExtra) return undefined
  throw newBadRequest(`requested ${shown(user)} without impersonating a user name`)
}
