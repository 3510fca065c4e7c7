import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '#apimachinery/errors/usage-error.ts'

/** The file's text; undefined when there is none. */
export function readText(folder: string, name: string): string | undefined {
  const path = join(folder, name)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** Writes a file for its owner only, whole or not at all; makes the folder (0700). */
export function writePrivate(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, name)
  const file = openSync(`${path}.next`, 'w', 0o600)
  try {
    // The mode above is that of new files only, less the umask.
    fchmodSync(file, 0o600)
    writeFileSync(file, text)
    // A key that is lost with the power would lock everybody out.
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${path}.next`, path)
}

/** What to do about a file that cannot be made again without everybody noticing. */
export const unusable = (path: string, why: string): UsageError =>
  new UsageError(
    `${path} ${why}: restore it from a backup, or remove its folder to begin with new certificates (every kubeconfig and token then has to be made anew)`,
  )

/** Reads `NAME.crt` and `NAME.key`, or makes and writes both. Throws UsageError when only one is there. */
export async function readOrCreate(
  folder: string,
  name: string,
  make: () => Promise<{ cert: string; key: string }>,
): Promise<{ cert: string; key: string }> {
  const cert = readText(folder, `${name}.crt`)
  const key = readText(folder, `${name}.key`)
  if (cert !== undefined && key !== undefined) return { cert, key }
  if (cert !== undefined) throw unusable(join(folder, `${name}.key`), 'is missing')
  if (key !== undefined) throw unusable(join(folder, `${name}.crt`), 'is missing')
  const made = await make()
  writePrivate(folder, `${name}.key`, made.key)
  writePrivate(folder, `${name}.crt`, made.cert)
  return made
}
