// The one entry behind every bin: runs on any Node, so it must stay plain JavaScript without imports of ours.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', '..')
const [wantMajor, wantMinor] = [24, 15]

function newEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > wantMajor || (major === wantMajor && minor >= wantMinor)
}

/** Node 24 as npm installed it beside us (optional platform packages), when there is one. */
function installedNode() {
  const places = [join(root, 'node_modules', '.bin', 'node'), join(root, '..', '.bin', 'node')]
  return places.find((path) => existsSync(path))
}

/** Runs a program: the bundle when installed from a package, the sources in a clone. */
export async function start(name, source) {
  if (newEnough()) {
    module.enableCompileCache?.()
    const bundle = join(root, 'dist', `${name}.mjs`)
    const packaged = root.split(/[\\/]/).includes('node_modules')
    const { main } = await import(pathToFileURL(packaged ? bundle : join(root, source)).href)
    process.exitCode = await main(process.argv.slice(2))
    return
  }
  const node = process.env['KUBEFED_NODE_TRIED'] ? undefined : installedNode()
  if (node === undefined) {
    process.stderr.write(
      `${name}: needs Node ${wantMajor}.${wantMinor} or newer, this is ${process.versions.node}. ` +
        `Install Node 24, or run "npm ci" without --omit=optional: it brings Node 24 on Linux.\n`,
    )
    process.exitCode = 1
    return
  }
  const env = { ...process.env, KUBEFED_NODE_TRIED: '1' }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  process.exitCode = await new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
}
