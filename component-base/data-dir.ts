import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { UsageError } from '#apimachinery/errors/usage-error.ts'

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'a file is in the way',
  ENOTDIR: 'a file is in the way',
  EACCES: 'there is no permission to write there',
  EPERM: 'there is no permission to write there',
  EROFS: 'it is on a read-only file system',
  ENOENT: 'its file system takes no folders',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
  ENOSPC: 'the disk is full',
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : ''

/** As mkdir -p. Node's own never ends where a parent is there and takes no folders, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (cause) {
    const code = codeOf(cause)
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path || (await isThere(parent))) throw cause
    await makeFolder(parent)
    await mkdir(path, { mode: 0o700 })
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (cause: unknown) => {
      if (codeOf(cause) === 'ENOENT') return false
      throw cause
    },
  )

/** Makes the folder of `--data-dir` with mode 0700 if it is not there. Throws UsageError when it cannot be made, or not be written to. */
export async function makeDataDir(path: string): Promise<void> {
  try {
    await makeFolder(resolve(path))
    await access(path, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const code = codeOf(cause)
    const why = reasons[code] ?? code
    const message = `--data-dir=${path}: the folder cannot be used (${why}); choose another`
    throw new UsageError(message, { cause })
  }
}
