import { newBadRequest, newUnsupportedMediaType } from '../errors/status-error.ts'
import { formatGroupVersion, type GroupVersionKind } from '../meta/group-version.ts'
import type { JsonObject } from '../meta/object-meta.ts'
import { decodeProtobuf, ProtobufProblem } from '../protobuf/decode.ts'
import { type Parsed, parseJson, SyntaxProblem } from './json.ts'
import type { Scheme } from './scheme.ts'
import { parseYaml } from './yaml.ts'

export interface Body {
  bytes: Buffer
  /** Absent or empty means JSON. */
  contentType: string | undefined
  /** What the endpoint takes; fills in apiVersion and kind that the body lacks. */
  definition?: GroupVersionKind
  /** What the bytes say as YAML, where that was found out elsewhere. A value of its own at each call; throws SyntaxProblem. */
  yaml?: () => Parsed
  /** Failures in the decoder's own words, without saying what was expected. */
  plain?: boolean
}

export interface DecodedBody {
  object: JsonObject
  /** Paths of keys given twice (JSON and YAML only); the last one won. */
  duplicates: string[]
}

const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf'

/**
 * Decodes a request body: JSON, YAML or Kubernetes protobuf. Whether the kind fits the endpoint is for the caller to judge.
 * An empty YAML document or a JSON `null` is an object without fields, as for Kubernetes.
 * @throws StatusError 400 for a malformed body, 415 for another media type
 */
export function decodeBody(scheme: Scheme, body: Body): DecodedBody {
  const { value, duplicates } = parseBody(scheme, body)
  const object = asObject(value, body)
  const expected = body.definition
  if (expected !== undefined) {
    object['apiVersion'] ||= formatGroupVersion(expected)
    object['kind'] ||= expected.kind
  }
  return { object, duplicates }
}

/** A media type with parameters that are whole (RFC 9110 §8.3.1), as Go's mime.ParseMediaType has it. */
const hasParameters = /^[^;]*(?:;\s*[^\s;=]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;="]+)\s*)*(?:;\s*)?$/

function parseBody(scheme: Scheme, body: Body): Parsed {
  const { contentType = '' } = body
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (contentType.includes(';') && !hasParameters.test(contentType)) throw unknownFormat()
  try {
    switch (mediaType) {
      case '':
        if ((body.contentType ?? '').trim() !== '') throw unknownFormat()
        return parseJson(decodeText(body.bytes))
      case 'application/json':
        return parseJson(decodeText(body.bytes))
      case 'application/yaml':
        return body.yaml?.() ?? parseYaml(decodeText(body.bytes))
      case 'application/vnd.kubernetes.protobuf':
        return { value: decodeProtobuf(scheme, body.bytes, body.definition), duplicates: [] }
      default:
        throw unknownFormat()
    }
  } catch (err) {
    if (err instanceof SyntaxProblem) {
      const json =
        mediaType === 'application/yaml' ? '' : "couldn't get version/kind; json parse error: "
      throw unrecognized(body, json + err.message)
    }
    if (err instanceof ProtobufProblem) throw unrecognized(body, err.message)
    throw err
  }
}

const unknownFormat = () =>
  newUnsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  )

/** Invalid UTF-8 becomes U+FFFD, as in Go's decoder. */
const decodeText = (bytes: Buffer): string => bytes.toString('utf8')

/** What Go's decoder reads first of any object. */
const typeOfHead =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

function asObject(value: unknown, body: Body): JsonObject {
  if (value === null || value === undefined) return {}
  const problem = (what: string) =>
    unrecognized(
      body,
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${what}`,
    )
  if (Array.isArray(value)) throw problem(`array into Go value of type ${typeOfHead}`)
  if (typeof value !== 'object')
    throw problem(`${jsonType(value)} into Go value of type ${typeOfHead}`)
  const object = value as JsonObject
  for (const field of ['apiVersion', 'kind']) {
    const given = object[field]
    if (given === undefined || given === null || typeof given === 'string') continue
    throw problem(`${jsonType(given)} into Go struct field .${field} of type string`)
  }
  const { apiVersion } = object as { apiVersion?: string | null }
  if ((apiVersion ?? '').split('/').length > 2) {
    throw unrecognized(body, `unexpected GroupVersion string: ${apiVersion}`)
  }
  return object
}

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value

/** The beginning of the body, so that its sender recognizes it; not of secrets' values, which come later. */
function excerpt(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>'
  const head = bytes.subarray(0, 30)
  const shown = bytes[0] === 0x7b ? head.toString('utf8') : head.toString('hex')
  return bytes.length > 30 ? `${shown} ...` : shown
}

function unrecognized(body: Body, why: string) {
  if (body.plain === true) return newBadRequest(why)
  const type = body.definition === undefined ? '' : ` (must be of type ${body.definition.kind})`
  return newBadRequest(
    `the object provided is unrecognized${type}: ${why} (${excerpt(body.bytes)})`,
  )
}
