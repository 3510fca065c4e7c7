import type { Command } from './command.ts'
import { completionCommand } from './commands/completion.ts'
import { joinCommand } from './commands/join.ts'
import { optionsCommand } from './commands/options.ts'
import { unjoinCommand } from './commands/unjoin.ts'
import { versionCommand } from './commands/version.ts'

/** THE list of verbs, in the order of the help text. */
export const commands: readonly Command[] = [
  joinCommand,
  unjoinCommand,
  versionCommand,
  optionsCommand,
  completionCommand,
]
