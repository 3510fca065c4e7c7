import { describe, expect, test } from 'vitest'
import { parseYaml } from '#apimachinery/scheme/yaml.ts'
import { YamlThread } from './yaml-thread.ts'

const { signal } = new AbortController()
const long = `data:\n${Array.from({ length: 4000 }, (_, i) => `  key-${i}: yes\n`).join('')}`

describe('YamlThread', () => {
  test('says what the parser says, a value of its own at each call', async () => {
    const parsed = await new YamlThread().parse(`${long}data: {a: 1}\n`, signal)
    expect(parsed()).toEqual({ value: { data: { a: 1 } }, duplicates: ['data'] })
    expect(parsed().value).not.toBe(parsed().value)
    expect((await new YamlThread().parse('# nothing', signal))()).toEqual({
      value: null,
      duplicates: [],
    })
  })

  test('others have their turn meanwhile', async () => {
    let done = false
    let turns = 0
    const turn = (): void => {
      turns += 1
      if (!done) setTimeout(turn, 1)
    }
    setTimeout(turn, 1)
    const parsed = await new YamlThread().parse(long, signal)
    done = true
    expect(turns).toBeGreaterThan(10)
    expect(parsed()).toEqual(parseYaml(long))
  })

  test('what is no YAML is told as by the parser', async () => {
    const parsed = await new YamlThread().parse(`${long} x: [`, signal)
    expect(parsed).toThrow(/^yaml: line/)
  })

  test('what takes too long is refused, and the next one has its turn', async () => {
    const thread = new YamlThread({ limitMs: 1 })
    const refused = expect.objectContaining({
      code: 413,
      message: expect.stringContaining('send it as JSON') as string,
    })
    await expect(thread.parse(long, signal)).rejects.toEqual(refused)
    await expect(thread.parse(long, signal)).rejects.toEqual(refused)
    await expect(thread.parse(long, AbortSignal.abort())).rejects.toThrow(/abort/)
  })
})
