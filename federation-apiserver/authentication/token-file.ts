import { createHash } from 'node:crypto'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { bearerToken } from './bearer.ts'
import { authenticated, type Authenticator, type UserInfo } from './user-info.ts'

const digest = (token: string): string => createHash('sha256').update(token).digest('base64')

/** Cells of one line of RFC 4180; undefined when its quotes do not match. */
function splitCells(line: string): string[] | undefined {
  const cells: string[] = []
  const cell = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y
  for (;;) {
    const match = cell.exec(line)
    if (match === null) return undefined
    cells.push(match[1]?.replaceAll('""', '"') ?? (match[2] ?? '').trim())
    if (match[3] === '') return cells
  }
}

const listOf = (groups: string): string[] =>
  groups
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '')

/**
 * Reads `token,user,uid,"group1,group2"` lines (Kubernetes' static token file); blank lines and # comments are skipped. Throws
 * UsageError that names file and line, never the token.
 */
export function parseTokenFile(text: string, path: string): ReadonlyMap<string, UserInfo> {
  const users = new Map<string, UserInfo>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const refuse = (why: string): UsageError => new UsageError(`${path} line ${index + 1}: ${why}`)
    const cells = splitCells(line)
    if (cells === undefined) throw refuse('a quote is not closed')
    const [token, name, uid, groups = '', ...rest] = cells
    if (uid === undefined || rest.length > 0) throw refuse('want token,user,uid,"group1,group2"')
    if (!token) throw refuse('the token is empty')
    if (!name) throw refuse('the user is empty')
    const key = digest(token)
    if (users.has(key)) throw refuse('the token is already in use')
    users.set(key, authenticated({ name, ...(uid === '' ? {} : { uid }), groups: listOf(groups) }))
  }
  return users
}

/** Static bearer tokens, found by their digest, so that time tells nothing about them. */
export function tokenFileAuthenticator(text: string, path: string): Authenticator {
  const users = parseTokenFile(text, path)
  return (request) => {
    const token = bearerToken(request)
    return token === undefined ? undefined : users.get(digest(token))
  }
}
