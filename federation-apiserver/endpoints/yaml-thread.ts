import { once } from 'node:events'
import { getCompileCacheDir } from 'node:module'
import { Worker } from 'node:worker_threads'
import { newRequestEntityTooLarge } from '#apimachinery/errors/status-error.ts'
import { type Parsed, SyntaxProblem } from '#apimachinery/scheme/json.ts'
import type { YamlReply } from './yaml-worker.ts'

/** Longer texts take so long (about 100 ms for 50 KB) that everybody else would notice. */
export const maxYamlHere = 32 * 1024
const limitMs = 20_000

const tooMuch = (why: string): Error =>
  newRequestEntityTooLarge(`the YAML of the request ${why}: send it as JSON`)

/**
 * Parses long YAML in a thread of its own, one text at a time, so that everybody else goes on being answered. What it resolves to makes a
 * value of its own at each call, or throws SyntaxProblem. Rejects with 413 for a text that takes longer than is good for the others in the queue.
 */
export class YamlThread {
  readonly #limitMs: number
  #last: Promise<unknown> = Promise.resolve()

  constructor({ limitMs: given = limitMs }: { readonly limitMs?: number } = {}) {
    this.#limitMs = given
  }

  async parse(text: string, signal: AbortSignal): Promise<() => Parsed> {
    const turn = this.#last.then(() => this.#run(text, signal))
    this.#last = turn.catch(() => undefined)
    const reply = await turn
    return () => {
      if ('problem' in reply) throw new SyntaxProblem(reply.problem)
      return { value: JSON.parse(reply.json) as unknown, duplicates: reply.duplicates }
    }
  }

  async #run(text: string, signal: AbortSignal): Promise<YamlReply> {
    signal.throwIfAborted()
    const cache = getCompileCacheDir()
    const worker = new Worker(new URL('./yaml-worker.ts', import.meta.url), {
      workerData: text,
      env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    })
    const time = AbortSignal.timeout(this.#limitMs)
    try {
      const options = { signal: AbortSignal.any([signal, time]) }
      const [reply] = (await once(worker, 'message', options)) as [YamlReply]
      return reply
    } catch (err) {
      if (time.aborted) throw tooMuch('takes too long to read')
      if ((err as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
        throw tooMuch('needs too much memory')
      throw err
    } finally {
      await worker.terminate()
    }
  }
}
