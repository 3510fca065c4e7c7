/** Where a command reads its surroundings from and writes to; tests pass their own. */
export interface IOStreams {
  /** Results. */
  out(text: string): void
  /** Warnings and errors. */
  err(text: string): void
  /** HOME and KUBECONFIG are read. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts what is under way; the user pressed Ctrl-C. */
  readonly signal: AbortSignal
}
