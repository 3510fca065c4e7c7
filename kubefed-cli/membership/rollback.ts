import { isNotFound } from '#apimachinery/errors/status-error.ts'
import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiObject } from '#apimachinery/meta/object-meta.ts'
import type { ApiClient } from '#client/api-client.ts'
import { reasonOf } from '../failure.ts'

interface Made {
  readonly client: ApiClient
  readonly gvr: GroupVersionResource
  readonly object: ApiObject
}

const describe = ({ client, gvr, object: { metadata } }: Made): string =>
  `${gvr.resource} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name} at ${client.server}`

/** What one command has made so far, to be taken back when a later step fails. */
export class Rollback {
  readonly #made: Made[] = []

  note(made: Made): void {
    this.#made.push(made)
  }

  /** Deletes in reverse order exactly the objects that were made; returns what could not be deleted. */
  async undo(): Promise<string[]> {
    const left: string[] = []
    for (const made of this.#made.toReversed()) {
      const { metadata } = made.object
      try {
        await made.client.delete(made.gvr, metadata, {
          ...(metadata.uid === undefined ? {} : { preconditions: { uid: metadata.uid } }),
          propagationPolicy: 'Background',
        })
      } catch (error) {
        if (!isNotFound(error)) left.push(`${describe(made)}: ${reasonOf(error)}`)
      }
    }
    return left
  }
}
