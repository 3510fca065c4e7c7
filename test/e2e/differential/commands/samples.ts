import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Shell } from './workspace.ts'
import { type RichTarget, richTargets } from '../rules/rich-targets.ts'

/** `pods`, `deployments.apps` */
const fileName = ({ target: { info } }: RichTarget): string =>
  info.group === '' ? info.resource : `${info.resource}.${info.group}`

/** Whoever looks at the API is told of an API server that does not answer: lists that run beside would be, too. Files of these are in `apart/`. */
const apart = new Set(['apiservices.apiregistration.k8s.io'])

/** Of each served resource one file, `kinds/<resource>.yaml`, with the richest object that the area `validation` has of it. */
export async function writeSamples({ folder, namespace }: Shell): Promise<void> {
  for (const sub of ['kinds', 'apart']) await mkdir(join(folder, sub))
  const richest = new Map(richTargets().map((one) => [fileName(one), one]))
  for (const [name, { object, target }] of richest) {
    const { metadata, ...rest } = object
    const text = stringify({ ...rest, metadata: { ...metadata, name: target.nameOf('sample') } })
    const sub = apart.has(name) ? 'apart' : 'kinds'
    await writeFile(join(folder, sub, `${name}.yaml`), text.replaceAll('{ns}', namespace))
  }
}
