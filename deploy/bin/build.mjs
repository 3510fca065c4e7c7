// Bundles each program into dist/NAME.mjs for the published package: Node strips no types under node_modules. Own code and the published
// schema go in, npm packages stay imports. In a clone nothing of this is used: the sources run as they are.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..', '..')
const outdir = join(root, 'dist')

/** Bundle → source. Those of the bins are named in deploy/bin; a worker is started by its URL and is a program of its own. */
const entryPoints = {
  kubefed: 'kubefed-cli/main.ts',
  'federation-server': 'deploy/standalone/main.ts',
  'federation-apiserver': 'federation-apiserver/main.ts',
  'federation-controller-manager': 'federation-controller/main.ts',
  'federation-dns': 'dns/main.ts',
  'sqlite-worker': 'federation-apiserver/storage/backends/sqlite/sqlite-worker.ts',
  'yaml-worker': 'federation-apiserver/endpoints/yaml-worker.ts',
}

const siblingUrl = /new URL\(\s*(['"])\.\/([a-z0-9-]+)\.ts\1,\s*import\.meta\.url\s*\)/g

/** Sources name a worker beside them by its .ts; in dist, where all files lie side by side, it is the .mjs of that name. */
const siblingUrls = {
  name: 'sibling-urls',
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      if (!source.includes('import.meta.url')) return undefined
      const contents = source.replace(siblingUrl, `new URL('./$2.mjs', import.meta.url)`)
      return { contents, loader: 'ts' }
    })
  },
}

/** Whatever a bundle opens by a URL of its own must lie in dist: fails the build otherwise. */
async function requireSiblings() {
  for (const file of await readdir(outdir)) {
    const lines = (await readFile(join(outdir, file), 'utf8')).split('\n')
    for (const line of lines.filter((text) => text.includes('import.meta'))) {
      const sibling = /new URL\("\.\/([^"/]+)", import\.meta\.url\)/.exec(line)?.[1]
      if (sibling === undefined || !existsSync(join(outdir, sibling)))
        throw new Error(`dist/${file} opens what is not in dist: ${line.trim()}`)
    }
  }
}

function git(...args) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined
  }
}

/** What /version tells of the build. SOURCE_DATE_EPOCH (seconds) makes it repeatable; outside of a git clone there is no commit. */
function buildInfo() {
  const epoch = process.env['SOURCE_DATE_EPOCH']
  const date = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000)
  const changes = git('status', '--porcelain', '--untracked-files=no')
  return {
    gitCommit: git('rev-parse', 'HEAD') ?? '',
    gitTreeState: changes === undefined ? '' : changes === '' ? 'clean' : 'dirty',
    buildDate: date.toISOString().replace(/\.\d+Z$/, 'Z'),
  }
}

await rm(outdir, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints,
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  chunkNames: '[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  packages: 'external',
  define: { BUILD_INFO: JSON.stringify(buildInfo()) },
  plugins: [siblingUrls],
  logLevel: 'warning',
})
await requireSiblings()
