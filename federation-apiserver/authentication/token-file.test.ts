import { describe, expect, it } from 'vitest'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { parseTokenFile, tokenFileAuthenticator } from './token-file.ts'
import { unionAuthenticator } from './union.ts'

const users = (text: string): object[] =>
  [...parseTokenFile(text, 'tokens.csv').values()].map(({ name, uid, groups }) => ({
    name,
    uid,
    groups: groups.filter((group) => group !== 'system:authenticated'),
  }))

describe('parseTokenFile', () => {
  it.each<[string, string, object[]]>([
    ['three cells', 't,alice,u1', [{ name: 'alice', uid: 'u1', groups: [] }]],
    ['one group', 't,alice,u1,ops', [{ name: 'alice', uid: 'u1', groups: ['ops'] }]],
    ['quoted groups', 't,alice,u1,"a, b"', [{ name: 'alice', uid: 'u1', groups: ['a', 'b'] }]],
    ['quoted quotes', 't,"al""ice",u1', [{ name: 'al"ice', uid: 'u1', groups: [] }]],
    ['no uid', 't,alice,', [{ name: 'alice', uid: undefined, groups: [] }]],
    [
      'comments, blank lines and CRLF',
      '# x\r\n\r\nt,alice,u1\r\n',
      [{ name: 'alice', uid: 'u1', groups: [] }],
    ],
  ])('%s', (_, text, expected) => {
    expect(users(text)).toEqual(expected)
  })

  it.each([
    ['two cells', 't,alice', 'want token,user,uid'],
    ['five cells', 't,alice,u,g,x', 'want token,user,uid'],
    ['no token', ',alice,u', 'the token is empty'],
    ['no user', 't,,u', 'the user is empty'],
    ['an open quote', 't,alice,u,"g', 'a quote is not closed'],
    ['a token twice', 't,alice,u\nt,bob,v', 'the token is already in use'],
  ])('refuses %s, names the line and not the token', (_, text, why) => {
    const parse = (): unknown => parseTokenFile(`# tokens\nsecret-1,x,y\n${text}`, 'tokens.csv')
    expect(parse).toThrow(UsageError)
    expect(parse).toThrow(`tokens.csv line ${2 + text.split('\n').length}: ${why}`)
  })
})

describe('unionAuthenticator', () => {
  const authenticate = unionAuthenticator([
    tokenFileAuthenticator('good,alice,u1,ops', 'tokens.csv'),
    tokenFileAuthenticator('other,bob,u2', 'tokens.csv'),
  ])
  const as = (authorization?: string) =>
    authenticate({ headers: authorization === undefined ? {} : { authorization } })

  it.each([
    [undefined, 'system:anonymous', ['system:unauthenticated']],
    ['Bearer good', 'alice', ['ops', 'system:authenticated']],
    ['bearer  other', 'bob', ['system:authenticated']],
    // Other schemes are none that this server knows: Kubernetes treats them as no credentials.
    ['Basic YTpi', 'system:anonymous', ['system:unauthenticated']],
  ])('%s', async (header, name, groups) => {
    expect(await as(header)).toMatchObject({ name, groups })
  })

  it('refuses a token that nobody knows', async () => {
    await expect(async () => as('Bearer bad')).rejects.toMatchObject({ code: 401 })
  })

  it('gives the same user for the same token, so that caches may hang on it', async () => {
    expect(await as('Bearer good')).toBe(await as('Bearer good'))
  })
})
