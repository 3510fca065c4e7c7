import { describe, expect, it } from 'vitest'
import { renewalTime, tokenClaims } from './token-claims.ts'

const token = (payload: unknown): string =>
  ['e30', Buffer.from(JSON.stringify(payload)).toString('base64url'), 'sig'].join('.')
const sub = 'system:serviceaccount:federation-system:kubefed'

describe('tokenClaims', () => {
  it('reads a ServiceAccount token, due at half its life', () => {
    const claims = tokenClaims(token({ sub, iat: 1000, exp: 3000 }))
    expect(claims).toEqual({
      namespace: 'federation-system',
      serviceAccount: 'kubefed',
      issuedAt: 1000,
      expiresAt: 3000,
    })
    expect(claims && renewalTime(claims)).toBe(2_000_000)
  })

  it.each([
    ['a static token', 'abc'],
    ['a broken payload', 'a.!!!.b'],
    ['a user', token({ sub: 'jane', iat: 1, exp: 2 })],
    ['a token that never expires', token({ sub, iat: 1 })],
  ])('leaves alone %s', (_, text) => {
    expect(tokenClaims(text)).toBeUndefined()
  })
})
