import { isIP } from 'node:net'
import { z } from 'zod'
import { oneOf } from '#apimachinery/meta/name-hints.ts'

/** One of a few words. */
export const choice = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, `must be ${oneOf(words)}`)

const portRange = 'must be a port, 0 to 65535'

/** 0: any free one. */
export const port = z.int(portRange).min(0, portRange).max(65_535, portRange)

/** IPv4 or IPv6, no name. */
export const ipAddress = z
  .string()
  .refine((text) => isIP(text) !== 0, 'must be an IP address such as 127.0.0.1')

/** Of a file or folder, a context, a name: anything but nothing. */
export const nonEmpty = z.string().min(1, 'must not be empty')

/** A duration as Go writes one of a single unit, in milliseconds. */
export const duration = (leastMs: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, 'must be a duration such as 10s, 500ms or 1m')
    .transform((text) => {
      const factors: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
      return Math.round(Number.parseFloat(text) * (factors[text.replace(/[\d.]/g, '')] ?? 0))
    })
    .refine((ms) => ms >= leastMs, `must be at least ${leastMs}ms`)
