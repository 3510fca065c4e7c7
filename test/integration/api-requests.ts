import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { Status } from '#apimachinery/errors/status.ts'
import type { ApiClient } from '#client/api-client.ts'

export interface Answer {
  readonly code: number
  readonly body: Partial<ApiObject> & Partial<Status> & Record<string, unknown>
  readonly headers: Record<string, string | string[] | undefined>
}

/** One plain request, with the body as it is given; answers that are no JSON have an empty body. */
export async function send(
  client: ApiClient,
  method: string,
  path: string,
  request: { body?: unknown; type?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { body, type } = request
  const response = await client.raw(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    headers: { ...(type === undefined ? {} : { 'content-type': type }), ...request.headers },
  })
  const text = response.body.toString()
  return {
    code: response.status,
    headers: response.headers,
    body: text.startsWith('{') ? JSON.parse(text) : {},
  }
}

export const merge = 'application/merge-patch+json'
export const strategic = 'application/strategic-merge-patch+json'
export const jsonPatch = 'application/json-patch+json'
