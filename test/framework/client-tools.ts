import { join } from 'node:path'
import { run } from './process.ts'

let folder: Promise<string> | undefined

async function download(): Promise<string> {
  const script = join(import.meta.dirname, 'client-tools.sh')
  const { code, stdout, stderr } = await run(script, [], { timeoutMs: 300_000 })
  if (code !== 0) throw new Error(`no client tools: ${stderr.trim()}`)
  return stdout.trim()
}

/** Path of a client program, such as `kubectl-1.27/kubectl`, downloaded if need be. Rejects when it cannot be had. */
export async function clientTool(path: string): Promise<string> {
  folder ??= download()
  return join(await folder, path)
}
