import type { Options as FlagOptions } from 'yargs'
import type { IOStreams } from './io-streams.ts'
import { type Arguments, argumentsOf } from './arguments.ts'

/** One verb, in the four steps of kubectl's commands. */
export interface CommandSteps<Options> {
  readonly name: string
  /** Arguments behind the name, for the usage line. */
  readonly positional: string
  readonly summary: string
  readonly details?: string
  readonly examples?: readonly (readonly [command: string, what: string])[]
  readonly flags: Readonly<Record<string, FlagOptions>>
  /** Makes options of the command line; no I/O but reading files. */
  complete(args: Arguments, io: IOStreams): Promise<Options> | Options
  /** Throws UsageError for what cannot be meant. */
  validate(options: Options): void
  /** Does it. Throws for failures. */
  run(options: Options, io: IOStreams): Promise<void>
}

/** A command as the list holds it: what its options are is its own business. */
export interface Command extends Omit<
  CommandSteps<unknown>,
  'complete' | 'validate' | 'run' | 'flags'
> {
  readonly flags: Readonly<Record<string, FlagOptions>>
  execute(parsed: Readonly<Record<string, unknown>>, io: IOStreams): Promise<void>
}

export function defineCommand<Options>(steps: CommandSteps<Options>): Command {
  return {
    ...steps,
    async execute(parsed, io) {
      const options = await steps.complete(argumentsOf(parsed), io)
      steps.validate(options)
      await steps.run(options, io)
    },
  }
}
