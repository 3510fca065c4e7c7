import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { parse as parseYaml } from 'yaml'
import { decodeProtobuf } from '#apimachinery/protobuf/decode.ts'
import { Reader } from '#apimachinery/protobuf/reader.ts'
import { Scheme } from '#apimachinery/scheme/scheme.ts'
import type { Answer, Request } from './area.ts'

interface Credentials {
  readonly ca: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

const timeoutMs = 60_000
const protobuf = 'application/vnd.kubernetes.protobuf'

/** A connection kept from an earlier request that the server was closing just then: nothing of this request was read. */
const isStale = (sent: ClientRequest, err: unknown): boolean =>
  sent.reusedSocket && ['ECONNRESET', 'EPIPE'].includes((err as NodeJS.ErrnoException).code ?? '')

function target({ path, query = {} }: Request): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one))
  }
  const separator = path.includes('?') ? '&' : '?'
  return search.size === 0 ? path : `${path}${separator}${search.toString()}`
}

function bodyOf({ body }: Request): Buffer | undefined {
  if (body === undefined) return undefined
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

type Headers = Record<string, string | string[]>

function headersOf(spec: Request, body: Buffer | undefined): Headers {
  const headers: Headers = { accept: 'application/json', ...(spec.headers as Headers) }
  if (body === undefined) return headers
  const isJson = typeof spec.body !== 'string' && !Buffer.isBuffer(spec.body)
  if (isJson && headers['content-type'] === undefined) headers['content-type'] = 'application/json'
  headers['content-length'] = String(body.length)
  return headers
}

const scheme = new Scheme()

/** Both sides' messages become the JSON that they stand for. */
function message(bytes: Buffer): unknown {
  try {
    return decodeProtobuf(scheme, bytes)
  } catch {
    return bytes.toString('utf8')
  }
}

function parsed(bytes: Buffer, type: string): unknown {
  if (type.startsWith(protobuf)) return message(bytes)
  const text = bytes.toString('utf8')
  try {
    if (/^application\/(?:json|[\w.-]+\+json)/.test(type)) return JSON.parse(text)
    if (type.startsWith('application/yaml')) return parseYaml(text)
  } catch {
    return text
  }
  return text
}

/** The events of a watch; what is no JSON stays text. */
const lines = (bytes: Buffer): unknown[] =>
  bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parsed(Buffer.from(line), 'application/json'))

/** WatchEvents {type = 1, object = 2 {raw = 1}}, each behind its length. */
function messages(bytes: Buffer): unknown[] {
  const events: unknown[] = []
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at)
    const event = fieldsOf(bytes.subarray(at + 4, end))
    const raw = fieldsOf(event.get(2) ?? Buffer.alloc(0)).get(1)
    events.push({ type: event.get(1)?.toString(), object: message(raw ?? Buffer.alloc(0)) })
    at = end
  }
  return events
}

const eventsOf = (bytes: Buffer, type: string): unknown[] =>
  type.startsWith(protobuf) ? messages(bytes) : lines(bytes)

function fieldsOf(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  const reader = new Reader(bytes)
  while (!reader.done) {
    const { number, value } = reader.next()
    if (Buffer.isBuffer(value)) found.set(number, value)
  }
  return found
}

async function read(res: IncomingMessage, events: number | undefined): Promise<Buffer> {
  const chunks: Buffer[] = []
  let count = 0
  for await (const chunk of res as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    if (events === undefined) continue
    count += chunk.toString('latin1').split('\n').length - 1
    if (count >= events) break
  }
  return Buffer.concat(chunks)
}

/** Plain HTTP/1.1 with a client certificate: nothing is added to a request but Accept and Content-Length. */
export class HttpSide implements Disposable {
  readonly #url: string
  readonly #agent: Agent
  readonly #ca: Buffer
  #anonymous: HttpSide | undefined

  constructor(url: string, credentials: Credentials) {
    this.#url = url
    this.#ca = credentials.ca
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ...credentials })
  }

  /** The same server without a client certificate. */
  get anonymous(): HttpSide {
    this.#anonymous ??= new HttpSide(this.#url, { ca: this.#ca })
    return this.#anonymous
  }

  /** Rejects when there is no whole answer, and never throws anywhere else. */
  async send({ anonymous, ...spec }: Request): Promise<Answer> {
    if (anonymous) return this.anonymous.send(spec)
    const res = await this.#response(spec)
    const bytes = await read(res, spec.events)
    const type = res.headers['content-type'] ?? ''
    const watches = /[?&]watch=(?!0|false)/.test(target(spec)) || spec.path.includes('/watch/')
    return {
      status: res.statusCode ?? 0,
      headers: res.headers as Answer['headers'],
      body: watches && res.statusCode === 200 ? eventsOf(bytes, type) : parsed(bytes, type),
    }
  }

  async #response(spec: Request): Promise<IncomingMessage> {
    const body = bodyOf(spec)
    const sent = request(`${this.#url}${target(spec)}`, {
      method: spec.method ?? 'GET',
      agent: this.#agent,
      headers: headersOf(spec, body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    // A request may fail after its answer began; then the answer's own error tells it.
    sent.on('error', () => {})
    sent.end(body)
    try {
      const [res] = (await once(sent, 'response')) as [IncomingMessage]
      return res
    } catch (err) {
      if (isStale(sent, err)) return this.#response(spec)
      throw err
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
    this.#anonymous?.[Symbol.dispose]()
  }
}
