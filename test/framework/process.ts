import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { root } from './paths.ts'

/** What a finished command left behind. */
export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end; never throws for an exit code. */
export function run(
  file: string,
  args: readonly string[],
  options: {
    env?: Record<string, string>
    cwd?: string
    timeoutMs?: number
    input?: string
  } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const { cwd, timeoutMs: timeout = 60_000 } = options
    const env = { ...process.env, ...options.env }
    const child = execFile(
      file,
      args,
      { env, cwd, timeout, maxBuffer: 64 << 20 },
      (err, stdout, stderr) => {
        const code = err === null ? 0 : typeof err.code === 'number' ? err.code : 1
        const why =
          err !== null && typeof err.code !== 'number' ? `${stderr}${err.message}` : stderr
        resolve({ code, stdout, stderr: why })
      },
    )
    // A program that ends without reading closes the pipe first.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
  })
}

/** One of the programs of deploy/bin, running until disposed; its output is collected. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess
  #output = ''

  constructor(name: string, args: readonly string[], env: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [join(root, 'deploy', 'bin', `${name}.mjs`), ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')))
  }

  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  /** Resolves when the output matches; throws with the whole output when the program ends or time is up before. */
  async prints(pattern: RegExp, timeoutMs = 30_000): Promise<RegExpExecArray> {
    return await eventually(
      () => {
        const match = pattern.exec(this.#output)
        if (match !== null) return match
        throw new Error(`${String(pattern)} was not printed; output so far:\n${this.#output}`)
      },
      { timeoutMs: this.exitCode === null ? timeoutMs : 0 },
    )
  }

  /** Sends a signal and waits for the end; resolves to the exit code (null when killed). */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null)
      return this.#child.exitCode
    const ended = new Promise<number | null>((resolve) => this.#child.once('exit', resolve))
    this.#child.kill(signal)
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 20_000)
    const code = await ended
    clearTimeout(timer)
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
