import { expect } from 'vitest'
import { type CommandResult, run } from './process.ts'

/** A kubectl binary with a kubeconfig and a discovery cache of its own. */
export class Kubectl {
  readonly #binary: string
  readonly #kubeconfig: string
  readonly #cache: string

  constructor(binary: string, kubeconfig: string, cache: string) {
    this.#binary = binary
    this.#kubeconfig = kubeconfig
    this.#cache = cache
  }

  /** Runs a whole command line; arguments are split at spaces, quotes keep them together. */
  async try(
    line: string,
    options: { timeoutMs?: number; input?: string; env?: Record<string, string> } = {},
  ): Promise<CommandResult> {
    const args = (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((a) =>
      a.replace(/^(["'])(.*)\1$/s, '$2'),
    )
    return await run(this.#binary, ['--cache-dir', this.#cache, ...args], {
      ...options,
      env: { KUBECONFIG: this.#kubeconfig, ...options.env },
    })
  }

  /** As `try`, but fails the test when the exit code is not 0; returns stdout. */
  async run(
    line: string,
    options: { timeoutMs?: number; input?: string; env?: Record<string, string> } = {},
  ): Promise<string> {
    const result = await this.try(line, options)
    expect(result, `kubectl ${line}`).toMatchObject({ code: 0 })
    return result.stdout
  }

  /** `get … -o json`, parsed. */
  async json<T>(line: string): Promise<T> {
    return JSON.parse(await this.run(`${line} -o json`)) as T
  }
}
