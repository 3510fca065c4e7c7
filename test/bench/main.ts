import { noMembers } from '../framework/envtest.ts'
import { apiBench } from './api.ts'
import { dnsBench } from './dns.ts'
import { propagationBench } from './propagation.ts'

/** THE list of benchmarks: `npm run bench -- NAME [ROUNDS [PART OF A ROW'S NAME]]`. */
const benches: Readonly<Record<string, (rounds: number, only?: string) => Promise<void>>> = {
  api: apiBench,
  dns: dnsBench,
  propagation: propagationBench,
}

const [name, rounds = '5', only] = process.argv.slice(2)
const chosen = name === undefined ? Object.values(benches) : [benches[name]]
if (chosen.includes(undefined) || !Number.isInteger(Number(rounds))) {
  console.error(`usage: npm run bench -- [${Object.keys(benches).join('|')}] [ROUNDS [ROW]]`)
  process.exitCode = 2
} else if (noMembers !== undefined) {
  console.error(`benchmarks compare with real Kubernetes: ${noMembers}`)
  process.exitCode = 1
} else {
  for (const bench of chosen) await bench?.(Number(rounds), only)
}
