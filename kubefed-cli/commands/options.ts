import { defineCommand } from '../command.ts'
import { persistentFlags } from '../persistent-flags.ts'
import { printColumns } from '../printers/printer.ts'

interface PersistentFlag {
  readonly type: 'string' | 'boolean'
  readonly alias?: string
  readonly default?: string
}

function describeFlag(name: string, flag: PersistentFlag): string {
  const short = flag.alias === undefined ? '    ' : `-${flag.alias}, `
  const value = flag.default ?? (flag.type === 'boolean' ? 'false' : "''")
  return `${short}--${name}=${value}:`
}

/** `kubefed options`. */
export const optionsCommand = defineCommand<undefined>({
  name: 'options',
  positional: '',
  summary: 'Print the flags that every command takes',
  flags: {},
  complete: () => undefined,
  validate: () => {},
  async run(_options, io) {
    const rows = Object.entries(persistentFlags).map(
      ([name, flag]) => [describeFlag(name, flag), flag.describe] as const,
    )
    io.out(`The following options can be passed to any command:\n\n${printColumns(rows)}`)
  },
})
