import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

test.each([
  [{ token: 'hush' }],
  [{ credentials: { token: 'hush' } }],
  [{ request: { headers: { authorization: 'Bearer hush' } } }],
  [{ secret: { stringData: { a: 'hush' } } }],
  [{ object: { kind: 'Secret', data: { a: 'hush' } } }],
  [{ user: { 'client-key-data': 'hush' } }],
  [{ cluster: { credentials: { password: 'hush' } } }],
  [{ kubeconfig: { users: ['hush'] } }],
])('%j is logged without its secret', (fields) => {
  let text = ''
  const logger = createLogger(
    { program: 'test', level: 'info' },
    { write: (line) => void (text += line) },
  )
  logger.info({ ...fields, namespace: 'shop', name: 'web' }, 'object seen')
  expect(text).not.toContain('hush')
  expect(JSON.parse(text)).toMatchObject({
    program: 'test',
    namespace: 'shop',
    name: 'web',
    msg: 'object seen',
  })
})
