import { createHash } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import type { ServiceDNSRecord } from '#apimachinery/schema/federation.ts'

/** What a server needs to answer after a restart while the federation's API is away. */
export interface Snapshot {
  /** Milliseconds since the epoch at which the records were current. */
  readonly timeMs: number
  readonly serial: number
  readonly records: readonly ServiceDNSRecord[]
}

const formatVersion = 1

interface SnapshotFile extends Snapshot {
  readonly version: number
  readonly checksum: string
}

const checksumOf = (snapshot: Snapshot): string =>
  createHash('sha256')
    .update(JSON.stringify([snapshot.timeMs, snapshot.serial, snapshot.records]))
    .digest('hex')

/** Writes by rename, so that a reader or a crash sees one whole snapshot or the other. */
export async function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  const file: SnapshotFile = {
    version: formatVersion,
    checksum: checksumOf(snapshot),
    ...snapshot,
  }
  const temporary = `${path}.${process.pid}.tmp`
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(JSON.stringify(file))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, path)
}

/** Undefined when there is no file. Throws an Error that names the file when it is damaged. */
export async function readSnapshot(path: string): Promise<Snapshot | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const file = parse(text)
  if (file === undefined)
    throw new Error(`snapshot file ${path} is damaged: remove it, it is written anew`)
  return { timeMs: file.timeMs, serial: file.serial, records: file.records }
}

function parse(text: string): SnapshotFile | undefined {
  try {
    const file = JSON.parse(text) as Partial<SnapshotFile> | null
    if (file?.version !== formatVersion || !Array.isArray(file.records)) return undefined
    const whole = file as SnapshotFile
    return checksumOf(whole) === whole.checksum ? whole : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
