import { UsageError } from '#apimachinery/errors/usage-error.ts'

/** A parsed command line, with types. Flags are named as the user writes them. */
export interface Arguments {
  readonly positional: readonly string[]
  /** Undefined when not given or empty. */
  string(flag: string): string | undefined
  /** Of a flag that may be given more than once; undefined when it is not given. */
  strings(flag: string): string[] | undefined
  boolean(flag: string): boolean
  /** Milliseconds; undefined when not given. Throws UsageError for what is no duration. */
  duration(flag: string): number | undefined
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's durations as kubectl's flags take them (`1m30s`, `500ms`), and plain numbers for seconds; undefined for others. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * (units[unit ?? ''] ?? 0)
  return total
}

export function argumentsOf(parsed: Readonly<Record<string, unknown>>): Arguments {
  const string = (flag: string): string | undefined => {
    const value = parsed[flag]
    const last: unknown = Array.isArray(value) ? value.at(-1) : value
    return typeof last === 'string' && last !== '' ? last : undefined
  }
  const positional = parsed['arguments']
  return {
    positional: Array.isArray(positional) ? positional.map(String) : [],
    string,
    strings: (flag) => {
      const value = parsed[flag]
      return Array.isArray(value) ? value.map(String) : undefined
    },
    boolean: (flag) => parsed[flag] === true,
    duration(flag) {
      const text = string(flag)
      const ms = text === undefined ? undefined : parseDuration(text)
      if (text !== undefined && ms === undefined)
        throw new UsageError(`--${flag}=${text} is no duration: write it like 10s, 1m30s or 500ms`)
      return ms
    },
  }
}

/** The one NAME of join and unjoin. */
export function exactlyOneName({ positional }: Arguments): string {
  const [name] = positional
  if (name === undefined || positional.length !== 1)
    throw new UsageError(`exactly one NAME is required, got ${positional.length}`)
  return name
}
