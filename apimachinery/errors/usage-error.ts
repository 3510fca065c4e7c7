/** A command line or option that cannot be used: the program ends with exit code 2. The message names it and the way out. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
