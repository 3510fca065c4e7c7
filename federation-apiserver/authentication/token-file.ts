import { createHash, timingSafeEqual } from 'node:crypto'
import { bearerToken } from './bearer.ts'
import type { Authenticator, UserInfo } from './user-info.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The static token file is not what it must be; the message names file and line. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError'
}

/** Parses `token,user,uid,"group1,group2"` lines (Kubernetes' static token file); blank lines and # comments are skipped. */
export function parseTokenFile(text: string, path: string): { token: string; user: UserInfo }[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return []
    const [token, name, uid, groups = '', ...rest] = splitCsv(line)
    if (!token || !name || uid === undefined || rest.length > 0)
      throw new TokenFileError(`${path} line ${index + 1}: want token,user,uid,"group1,group2"`)
    const list = groups
      .split(',')
      .map((group) => group.trim())
      .filter(Boolean)
    return [{ token, user: { name, ...(uid === '' ? {} : { uid }), groups: list } }]
  })
}

function splitCsv(line: string): string[] {
  const cells = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? []
  const values = cells.map((cell) =>
    cell
      .replace(/,$/, '')
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .replaceAll('""', '"'),
  )
  return line.endsWith(',') ? values : values.slice(0, -1)
}

/** Static bearer tokens; compared by digest, so that time tells nothing. */
export function tokenFileAuthenticator(text: string, path: string): Authenticator {
  const users = parseTokenFile(text, path).map(({ token, user }) => ({
    digest: digest(token),
    user,
  }))
  return (request) => {
    const token = bearerToken(request)
    if (token === undefined) return undefined
    const asked = digest(token)
    return users.find((entry) => timingSafeEqual(entry.digest, asked))?.user
  }
}
