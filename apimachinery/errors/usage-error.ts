/** A command line or option that cannot be used: the program ends with exit code 2. The message names it and the way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A parser's complaint as a UsageError; flags that nobody knows are named once, as they were typed, with the way to the list. */
export function flagError(message: string): UsageError {
  const match = /^Unknown arguments?: (.+)$/.exec(message)
  if (match === null) return new UsageError(message)
  const names = (match[1] ?? '').split(', ')
  // The parser lists each flag twice: as it was typed, and in camel case.
  const typed = names.filter((name) => !/[a-z][A-Z]/.test(name) || names.length === 1)
  const flags = typed.map((name) => `--${name}`).join(', ')
  return new UsageError(`unknown flag ${flags}; --help lists the flags there are`)
}
