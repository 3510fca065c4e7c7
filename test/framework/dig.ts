import { run } from './process.ts'

const probe = await run('dig', ['-v'])

/** Why dig tests cannot run; undefined when they can. */
export const noDig: string | undefined = probe.code === 0 ? undefined : 'dig is not installed'

/** Short answers (+short), one a line, sorted. */
export async function dig(
  port: number,
  name: string,
  type = 'A',
  ...flags: string[]
): Promise<string[]> {
  const args = [
    '@127.0.0.1',
    '-p',
    String(port),
    '+short',
    '+tries=1',
    '+time=2',
    ...flags,
    name,
    type,
  ]
  const result = await run('dig', args)
  return result.stdout
    .split('\n')
    .filter((l) => l !== '' && !l.startsWith(';'))
    .sort()
}

/** The whole text of an answer. */
export async function digFull(
  port: number,
  name: string,
  type = 'A',
  ...flags: string[]
): Promise<string> {
  return (
    await run('dig', [
      '@127.0.0.1',
      '-p',
      String(port),
      '+tries=1',
      '+time=2',
      ...flags,
      name,
      type,
    ])
  ).stdout
}
