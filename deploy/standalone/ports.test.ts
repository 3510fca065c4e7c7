import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  choosePort,
  type PortChoice,
  PortTaken,
  readPorts,
  startOnPort,
  writePorts,
} from './ports.ts'

describe('ports', () => {
  let busy: Server
  let port = 0
  beforeEach(async () => {
    busy = createServer()
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
    const address = busy.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })
  afterEach(() => void busy.close())

  test('a taken port that was asked for is an error that names the flag', async () => {
    const wish = { name: 'api', flag: 'port', asked: port, fallback: 8443 }
    await expect(choosePort(wish, {})).rejects.toThrow(PortTaken)
    await expect(choosePort(wish, {})).rejects.toThrow(`--port=${port}: the port is taken`)
  })

  test('a taken default moves to the next free one and says so', async () => {
    const choice = await choosePort({ name: 'api', flag: 'port', fallback: port }, {})
    expect(choice.port).toBeGreaterThan(port)
    expect(choice.notice).toContain(`port ${port} is taken, using ${choice.port}`)
  })

  test('a remembered port is taken before the default, silently', async () => {
    const free = (await choosePort({ name: 'api', flag: 'port', fallback: port }, {})).port
    expect(await choosePort({ name: 'api', flag: 'port', fallback: 1 }, { api: free })).toEqual({
      port: free,
    })
  })

  test('a port of the same start is not given twice', async () => {
    const first = (await choosePort({ name: 'api', flag: 'port', fallback: port }, {})).port
    const second = await choosePort(
      { name: 'dns', flag: 'dns-port', fallback: first, taken: new Set([first]), udp: true },
      {},
    )
    expect(second.port).toBeGreaterThan(first)
  })

  test('a port that is taken between the look and the start moves on, unless it was asked for', async () => {
    const wish = { name: 'api', flag: 'port', fallback: port + 1 }
    const tried: PortChoice[] = []
    const start = async (choice: PortChoice): Promise<number> => {
      tried.push(choice)
      if (tried.length > 1) return choice.port
      const cause = Object.assign(new Error('listen'), { code: 'EADDRINUSE' })
      throw new Error('the server does not start', { cause })
    }
    expect(await startOnPort(wish, {}, start)).toBe(tried[1]?.port)
    expect(tried[1]?.port).toBeGreaterThan(tried[0]?.port ?? 0)
    expect(tried[1]?.notice).toContain(`using ${tried[1]?.port}`)
    const asked = { ...wish, asked: tried[1]?.port ?? 0 }
    tried.length = 0
    await expect(startOnPort(asked, {}, start)).rejects.toThrow('does not start')
    expect(tried.length).toBe(1)
  })

  test('the table survives a restart; a broken file is no table', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ports-'))
    await writePorts(folder, { api: 8444 })
    expect(readPorts(folder)).toEqual({ api: 8444 })
    rmSync(folder, { recursive: true })
    expect(readPorts(folder)).toEqual({})
  })
})
