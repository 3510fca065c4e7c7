import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { stringify } from 'yaml'
import { type KubeconfigFile, readKubeconfigFile } from './kubeconfig-loader.ts'

/** What to put into a kubeconfig: entries replace those of the same name. */
export interface KubeconfigEntries {
  readonly clusters?: KubeconfigFile['clusters']
  readonly users?: KubeconfigFile['users']
  readonly contexts?: KubeconfigFile['contexts']
  /** Becomes the current context. Absent: stays as it is. */
  readonly currentContext?: string
}

/** Writes the file whole or not at all (rename), readable by its owner alone. */
export async function writeKubeconfig(path: string, file: KubeconfigFile): Promise<void> {
  const target = await realpath(path).catch(() => path)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const temporary = `${target}.${randomBytes(6).toString('hex')}`
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(stringify({ apiVersion: 'v1', kind: 'Config', ...file }))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await chmod(temporary, 0o600)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function mergeByName<E extends { name: string }>(
  present: readonly E[] | null | undefined,
  added: readonly E[] | null | undefined,
): E[] {
  const entries = new Map((present ?? []).map((entry) => [entry.name, entry]))
  for (const entry of added ?? []) entries.set(entry.name, entry)
  return [...entries.values()]
}

/** Adds or replaces entries by name; everything else in the file stays, fields that we do not know included. */
export async function mergeIntoKubeconfig(path: string, entries: KubeconfigEntries): Promise<void> {
  const file = (await readKubeconfigFile(path)) ?? {}
  await writeKubeconfig(path, {
    ...file,
    clusters: mergeByName(file.clusters, entries.clusters),
    users: mergeByName(file.users, entries.users),
    contexts: mergeByName(file.contexts, entries.contexts),
    ...(entries.currentContext === undefined ? {} : { 'current-context': entries.currentContext }),
  })
}

/** Takes entries out by name, and the current context when it is one of them. A missing file is left missing. */
export async function removeFromKubeconfig(
  path: string,
  names: { clusters?: readonly string[]; users?: readonly string[]; contexts?: readonly string[] },
): Promise<void> {
  const file = await readKubeconfigFile(path)
  if (file === undefined) return
  const without = <E extends { name: string }>(
    present: readonly E[] | null | undefined,
    gone: readonly string[] = [],
  ): E[] => (present ?? []).filter(({ name }) => !gone.includes(name))
  const current = file['current-context']
  await writeKubeconfig(path, {
    ...file,
    clusters: without(file.clusters, names.clusters),
    users: without(file.users, names.users),
    contexts: without(file.contexts, names.contexts),
    ...(current !== undefined && names.contexts?.includes(current) === true
      ? { 'current-context': '' }
      : {}),
  })
}
