import { parentPort, workerData } from 'node:worker_threads'
import { SyntaxProblem } from '#apimachinery/scheme/json.ts'
import { parseYaml } from '#apimachinery/scheme/yaml.ts'

/** What became of one text: its value as JSON, or why it is no YAML. */
export type YamlReply =
  { readonly json: string; readonly duplicates: string[] } | { readonly problem: string }

function reply(text: string): YamlReply {
  try {
    const { value, duplicates } = parseYaml(text)
    return { json: JSON.stringify(value ?? null), duplicates }
  } catch (err) {
    if (!(err instanceof SyntaxProblem)) throw err
    return { problem: err.message }
  }
}

parentPort?.postMessage(reply(workerData as string))
