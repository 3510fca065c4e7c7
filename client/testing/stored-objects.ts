import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import {
  newAlreadyExists,
  newConflict,
  newNotFound,
  StatusError,
} from '#apimachinery/errors/status-error.ts'
import { type ScriptedRequest, sendJson } from './scripted-server.ts'

/** Objects by path, with resourceVersions and conflicts: as much of an API server as a test of a client needs. */
export class StoredObjects {
  readonly objects = new Map<string, ApiObject>()
  #version = 0

  answer({ method, path, body, response }: ScriptedRequest): void {
    try {
      sendJson(response, 200, this.#do(method, path, body))
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      sendJson(response, error.code, error.status)
    }
  }

  #do(method: string, path: string, body: string): ApiObject {
    const sent = body === '' ? undefined : (JSON.parse(body) as ApiObject)
    if (method === 'POST' && sent !== undefined) {
      const created = `${path}/${sent.metadata.name}`
      if (this.objects.has(created)) throw newAlreadyExists(gr, sent.metadata.name)
      return this.#put(created, sent)
    }
    const present = this.objects.get(path)
    if (present === undefined) throw newNotFound(gr, path)
    if (sent === undefined) return present
    if (method === 'PATCH')
      return this.#put(path, { ...present, ...sent, metadata: present.metadata })
    if (sent.metadata.resourceVersion !== present.metadata.resourceVersion)
      throw newConflict(gr, path, 'the object has been modified')
    return this.#put(path, sent)
  }

  #put(path: string, object: ApiObject): ApiObject {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) }
    const stored = { ...object, metadata }
    this.objects.set(path, stored)
    return stored
  }
}

const gr = { group: '', resource: 'objects' }
