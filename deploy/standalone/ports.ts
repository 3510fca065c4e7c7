import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** Ports by name (`api`, `dns`, `member/eu-west`) as the data folder remembers them. */
export type PortTable = Record<string, number>

/** What was chosen, and the sentence to say when it is not what the user would expect. */
export interface PortChoice {
  readonly port: number
  readonly notice?: string
}

/** Where to look for a port: asked by flag, remembered by the data folder, or the default. */
export interface PortWish {
  readonly name: string
  readonly flag: string
  readonly asked?: number
  readonly fallback: number
  /** Other ports of this start, not to be taken again. */
  readonly taken?: ReadonlySet<number>
  readonly udp?: boolean
}

const file = (dataDir: string): string => join(dataDir, 'ports.json')

/** The remembered ports; empty when there are none or the file cannot be read. */
export function readPorts(dataDir: string): PortTable {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file(dataDir), 'utf8'))
    return Object.fromEntries(
      Object.entries(parsed ?? {}).filter((entry): entry is [string, number] =>
        Number.isInteger(entry[1]),
      ),
    )
  } catch {
    return {}
  }
}

export async function writePorts(dataDir: string, ports: PortTable): Promise<void> {
  const next = `${file(dataDir)}.next`
  await writeFile(next, `${JSON.stringify(ports, null, 2)}\n`)
  await rename(next, file(dataDir))
}

/**
 * A port asked for by flag must be free: throws PortTaken otherwise. A remembered or default one that is taken moves to the next free
 * one, and the notice says so.
 */
export async function choosePort(wish: PortWish, remembered: PortTable): Promise<PortChoice> {
  if (wish.asked !== undefined) {
    if (wish.asked === 0 || (await isFree(wish.asked, wish.udp))) return { port: wish.asked }
    throw new PortTaken(wish)
  }
  const first = remembered[wish.name] ?? wish.fallback
  for (let port = first; port < 65_536; port++) {
    if (wish.taken?.has(port) || !(await isFree(port, wish.udp))) continue
    if (port === first) return { port }
    return {
      port,
      notice: `port ${first} is taken, using ${port} for ${wish.name} from now on (--${wish.flag} chooses)`,
    }
  }
  throw new PortTaken({ ...wish, asked: first })
}

/**
 * Starts a server on the port that `choosePort` finds. When another program takes the port in between (two `npm start` at the same
 * moment), a port that nobody asked for moves on again.
 */
export async function startOnPort<T>(
  wish: PortWish,
  remembered: PortTable,
  start: (choice: PortChoice) => Promise<T>,
): Promise<T> {
  const taken = new Set(wish.taken)
  for (;;) {
    const choice = await choosePort({ ...wish, taken }, remembered)
    try {
      return await start(choice)
    } catch (error) {
      if (wish.asked !== undefined || !isAddressInUse(error)) throw error
      taken.add(choice.port)
    }
  }
}

const isAddressInUse = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as NodeJS.ErrnoException).code === 'EADDRINUSE' || isAddressInUse(error.cause))

/** The port that a flag asked for is in use. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken'
  constructor(wish: PortWish) {
    super(
      `--${wish.flag}=${wish.asked ?? 0}: the port is taken; stop what uses it, or pass another --${wish.flag}`,
    )
  }
}

async function isFree(port: number, udp = false): Promise<boolean> {
  return (await isFreeTcp(port)) && (!udp || (await isFreeUdp(port)))
}

const isFreeTcp = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

const isFreeUdp = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false))
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
  })
