import { openSync, writeSync } from 'node:fs'
import { SqliteBackend } from '../backends/sqlite/sqlite-backend.ts'
import { valueOf } from './write-history.ts'

// A process that writes to a SQLite backend until it is killed: `write-load.ts FILE ROUND ACKNOWLEDGEMENTS`. Each of its writers owns one key and goes through
// create, replacements and deletion, again and again. Every acknowledged write is noted in the third file
// before the next one is sent; standard output tells that writing has begun.
const [, , path = '', round = '', acknowledgements = ''] = process.argv
const writers = 24

const backend = SqliteBackend.open(path)
const notes = openSync(acknowledgements, 'a')
let told = false
const start = await backend.currentRevision()

async function write(writer: number): Promise<never> {
  const key = `/load/${round}/${writer}`
  let expected = 0
  for (let step = 0; ; step += 1) {
    const doDelete = step % 7 === 6
    const outcome = doDelete
      ? await backend.deleteIf(key, expected)
      : await backend.putIf(key, valueOf(key, step), expected)
    if (!outcome.succeeded) throw new Error(`step ${step} of ${key} was refused`)
    writeSync(notes, `${writer} ${step} ${outcome.revision}\n`)
    if (!told) process.stdout.write('writing')
    told = true
    expected = doDelete ? 0 : outcome.revision
  }
}

/** History from before this process may go at any time. */
async function compact(): Promise<void> {
  for (let revision = Math.max(1, start - 3000); revision < start; revision += 250) {
    await backend.compact(revision)
  }
}

await Promise.all([compact(), ...Array.from({ length: writers }, (_, writer) => write(writer))])
