import { cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { parse } from 'yaml'
import { type CommandResult, run } from '../../../framework/process.ts'
import { newNamespace } from './new-namespace.ts'
import type { Side } from '../sides.ts'

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: object }]
  readonly users: readonly [{ readonly user: object }]
}

/** The same names on both sides. */
async function kubeconfigFor(side: Side, namespace: string): Promise<string> {
  const config = parse(await readFile(side.kubeconfig, 'utf8')) as Kubeconfig
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: config.clusters[0].cluster }],
    users: [{ name: 'admin', user: config.users[0].user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin', namespace } }],
  })
}

/** A home, with discovery cached in it, and the programs to be tried. */
export class Workspace {
  readonly #side: Side
  readonly #home: string

  private constructor(side: Side, home: string) {
    this.#side = side
    this.#home = home
  }

  /** `programs`: names and paths. */
  static async make(
    side: Side,
    home: string,
    programs: Readonly<Record<string, string>>,
  ): Promise<Workspace> {
    await mkdir(join(home, 'bin'), { recursive: true })
    for (const [name, path] of Object.entries(programs))
      await symlink(path, join(home, 'bin', name))
    return new Workspace(side, home)
  }

  /** A shell in a new folder with these files in it, in a new namespace; `{ns}` in files and lines is its name. */
  async shell(namespace: string, files: string): Promise<Shell> {
    await newNamespace(this.#side, namespace)
    const folder = join(this.#home, namespace)
    await cp(files, folder, { recursive: true })
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      await writeFile(path, (await readFile(path, 'utf8')).replaceAll('{ns}', namespace))
    }
    const kubeconfig = join(folder, 'kubeconfig')
    await writeFile(kubeconfig, await kubeconfigFor(this.#side, namespace))
    const env = {
      HOME: this.#home,
      KUBECONFIG: kubeconfig,
      LANG: 'C',
      // Go programs that end at once have better things to do than to collect garbage.
      GOGC: 'off',
      PATH: [join(this.#home, 'bin'), process.env['PATH'] ?? ''].join(delimiter),
    }
    return {
      namespace,
      folder,
      run: (line) =>
        run('bash', ['-c', line.replaceAll('{ns}', namespace)], {
          env,
          cwd: folder,
          timeoutMs: 30_000,
        }),
    }
  }
}

export interface Shell {
  readonly namespace: string
  readonly folder: string
  readonly run: (line: string) => Promise<CommandResult>
}
