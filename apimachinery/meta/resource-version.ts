const digits = /^\d+$/

/** resourceVersions of one server are decimal numbers that grow (KEP-5504). Of anything else nothing is known. */
const areNumbers = (...versions: string[]): boolean => versions.every((v) => digits.test(v))

/** Whether it is known that a resourceVersion came before another of the same server. */
export const isOlderVersion = (version: string | undefined, than: string | undefined): boolean =>
  version !== undefined &&
  than !== undefined &&
  areNumbers(version, than) &&
  BigInt(version) < BigInt(than)

/** Whether it is known that a resourceVersion is another of the same server, or came after it. */
export const isSinceVersion = (version: string, than: string): boolean =>
  areNumbers(version, than) && BigInt(version) >= BigInt(than)
