import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Shell } from './workspace.ts'
import { type RichTarget, richTargets } from '../rules/rich-targets.ts'

/** `pods`, `deployments.apps` */
const fileName = ({ target: { info } }: RichTarget): string =>
  info.group === '' ? info.resource : `${info.resource}.${info.group}`

/** Of each served resource one file, `kinds/<resource>.yaml`, with the richest object that the area `validation` has of it. */
export async function writeSamples({ folder, namespace }: Shell): Promise<void> {
  await mkdir(join(folder, 'kinds'))
  const richest = new Map(richTargets().map((one) => [fileName(one), one]))
  for (const [name, { object, target }] of richest) {
    const { metadata, ...rest } = object
    const text = stringify({ ...rest, metadata: { ...metadata, name: target.nameOf('sample') } })
    await writeFile(join(folder, 'kinds', `${name}.yaml`), text.replaceAll('{ns}', namespace))
  }
}
