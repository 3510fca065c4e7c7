// The one entry behind every bin: runs on any Node, so it must stay plain JavaScript without imports of ours.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', '..')
const [wantMajor, wantMinor] = [24, 15]

/**
 * V8's flags for servers, by the major version of Node: they come and go. Half of the MB that short-lived objects may fill before it looks for what is
 * still used: its own choice grows to 16 and more, which holds three times that. And it collects garbage after 8 quiet seconds, takes shapes of objects of
 * which there is none then, those of a request, for out of use, and throws all code away that it has compiled for them. So shapes are kept, and
 * memory is given back, with code, after ten minutes. Figures in docs/performance.md.
 */
const flagsOf = (major) => [
  '--max-semi-space-size=8',
  ...(major === 24
    ? ['--retain-maps-for-n-gc=1000', '--gc-memory-reducer-start-delay-ms=600000']
    : []),
]

const [major, minor] = process.versions.node.split('.').map(Number)
const newEnough = major > wantMajor || (major === wantMajor && minor >= wantMinor)

/** Node 24 as npm installed it beside us (optional platform packages), when there is one. */
function installedNode() {
  const places = [join(root, 'node_modules', '.bin', 'node'), join(root, '..', '.bin', 'node')]
  return places.find((path) => existsSync(path))
}

/** Whether this process has to become another one for the sake of the flags; where that is not possible, it goes on without. */
const lacksFlags = (flags) =>
  typeof process.execve === 'function' && flags.some((flag) => !process.execArgv.includes(flag))

/** Runs a program: the bundle when installed from a package, the sources in a clone. */
export async function start(name, source, { server = false } = {}) {
  const flags = server ? flagsOf(newEnough ? major : wantMajor) : []
  if (newEnough) {
    if (lacksFlags(flags)) {
      const args = [process.execPath, ...flags, ...process.execArgv, ...process.argv.slice(1)]
      process.execve(process.execPath, args, process.env)
    }
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
  const child = spawn(node, [...flags, ...process.argv.slice(1)], { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  process.exitCode = await new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
}
