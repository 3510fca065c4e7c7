import { once } from 'node:events'
import {
  connect,
  type ClientHttp2Session,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { afterEach, describe, expect, test } from 'vitest'
import { serveHttp2 } from './express-http2.ts'

let server: Http2Server | undefined
let session: ClientHttp2Session | undefined

afterEach(async () => {
  session?.destroy()
  const closed = server && once(server, 'close')
  server?.close()
  await closed
})

/** A connection to an application of one handler. */
async function connected(handler: RequestHandler): Promise<ClientHttp2Session> {
  const own = express()
  own.use(handler)
  const { app, classes } = serveHttp2(own)
  server = createServer({ ...classes }, app as unknown as Parameters<typeof createServer>[1])
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return session
}

async function answerTo(
  handler: RequestHandler,
  headers: OutgoingHttpHeaders = {},
  body?: string,
): Promise<{ headers: IncomingHttpHeaders; text: string }> {
  const stream = (await connected(handler)).request({ ':path': '/path?a=b', ...headers })
  stream.end(body)
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const response = once(stream, 'response') as Promise<[IncomingHttpHeaders]>
  await once(stream, 'close')
  return { headers: (await response)[0], text }
}

describe('requests and responses of HTTP/2', () => {
  test('a request says what it is, and has the methods of Express', async () => {
    const { text } = await answerTo(
      (req, res) => {
        const { method, url, path, httpVersion, rawHeaders } = req
        const named = rawHeaders.includes('x-name')
        res.end(JSON.stringify({ method, url, path, httpVersion, named, name: req.get('X-Name') }))
      },
      { ':method': 'PUT', 'x-name': 'n' },
    )
    expect(JSON.parse(text)).toEqual({
      ...{ method: 'PUT', url: '/path?a=b', path: '/path', httpVersion: '2.0' },
      ...{ named: true, name: 'n' },
    })
  })

  test('headers that were set before are sent with those of the head', async () => {
    const { headers, text } = await answerTo((_req, res) => {
      res.setHeader('X-One', '1').setHeader('x-two', '2').removeHeader('X-Two')
      expect(res.getHeader('x-ONE')).toBe('1')
      res.writeHead(418, { 'x-three': '3' })
      expect(res.headersSent).toBe(true)
      res.end('short and stout')
    })
    expect(headers).toMatchObject({ ':status': 418, 'x-one': '1', 'x-three': '3' })
    expect(headers).not.toHaveProperty('x-two')
    expect(headers).toHaveProperty('date')
    expect(text).toBe('short and stout')
  })

  test("Express' own answers work", async () => {
    const { headers, text } = await answerTo((_req, res) => void res.status(201).json({ a: 1 }))
    expect(headers).toMatchObject({ ':status': 201, 'content-length': '7' })
    expect(JSON.parse(text)).toEqual({ a: 1 })
  })

  test('HEAD has no body, whatever is written', async () => {
    const { headers, text } = await answerTo(
      (_req, res) => {
        res.writeHead(200, { 'content-length': '5' })
        expect(res.write('he')).toBe(false)
        res.end('llo')
      },
      { ':method': 'HEAD' },
    )
    expect(headers).toMatchObject({ ':status': 200, 'content-length': '5' })
    expect(text).toBe('')
  })

  test('who waits to send a body is told to go on', async () => {
    const stream = (
      await connected((req, res) => {
        const { stream: source } = req as unknown as { stream: NodeJS.ReadableStream }
        source.on('data', () => undefined).on('end', () => res.end('thanks'))
      })
    ).request({ ':method': 'POST', expect: '100-continue' })
    await once(stream, 'continue')
    stream.end('body')
    const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    expect(head[':status']).toBe(200)
  })

  test('an answer to a client that has left is no error', async () => {
    const left = Promise.withResolvers<void>()
    const stream = (
      await connected((_req, res) => {
        res.once('close', () => {
          res.writeHead(200)
          res.end('nobody hears this')
          expect(res.headersSent).toBe(false)
          expect(res.destroyed).toBe(true)
          left.resolve()
        })
        stream.close()
      })
    ).request({ ':path': '/' })
    stream.on('error', () => undefined)
    await left.promise
  })

  test('what nobody answers is closed without an answer', async () => {
    const stream = (await connected((_req, _res, next) => next())).request({ ':path': '/' })
    let answered = false
    stream.on('response', () => (answered = true))
    await once(stream, 'close')
    expect(answered).toBe(false)
  })
})
