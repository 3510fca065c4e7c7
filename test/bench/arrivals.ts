import type { GroupVersionResource } from '#apimachinery/meta/group-version.ts'
import type { ApiClient } from '#client/api-client.ts'

/** Notes when each object of one namespace first appears in a member, by a watch that ends with the owner. */
export class Arrivals implements AsyncDisposable {
  readonly #seen = new Map<string, number>()
  readonly #waiting = new Set<() => void>()
  readonly #abort = new AbortController()
  #done: Promise<void> = Promise.resolve()

  static async watch(
    client: ApiClient,
    gvr: GroupVersionResource,
    namespace: string,
  ): Promise<Arrivals> {
    const arrivals = new Arrivals()
    const list = await client.list(gvr, { namespace })
    arrivals.#done = arrivals.#run(client, gvr, {
      namespace,
      resourceVersion: list.metadata.resourceVersion ?? '',
    })
    return arrivals
  }

  async #run(
    client: ApiClient,
    gvr: GroupVersionResource,
    from: { namespace: string; resourceVersion: string },
  ): Promise<void> {
    let { resourceVersion } = from
    while (!this.#abort.signal.aborted) {
      try {
        const options = { namespace: from.namespace, resourceVersion, signal: this.#abort.signal }
        for await (const event of client.watch(gvr, options)) {
          resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion
          if (event.type !== 'ADDED') continue
          this.#seen.set(event.object.metadata.name, performance.now())
          for (const wake of this.#waiting) wake()
        }
      } catch (err) {
        if (!this.#abort.signal.aborted) console.error('watch on a member broke, resuming', err)
      }
    }
  }

  /** Times (performance.now) at which the objects appeared, in the order of the names. */
  async arrived(names: readonly string[], timeoutMs: number): Promise<number[]> {
    const deadline = AbortSignal.timeout(timeoutMs)
    while (!names.every((name) => this.#seen.has(name))) {
      if (deadline.aborted)
        throw new Error(
          `${names.filter((n) => !this.#seen.has(n)).length} of ${names.length} did not arrive`,
        )
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake)
          deadline.removeEventListener('abort', wake)
          resolve()
        }
        this.#waiting.add(wake)
        deadline.addEventListener('abort', wake)
      })
    }
    return names.map((name) => this.#seen.get(name) ?? Number.NaN)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#done
  }
}
