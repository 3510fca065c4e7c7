import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { defineCommand } from '../command.ts'

type Shell = 'bash' | 'zsh' | 'fish'

/** yargs lists what may follow, one a line, when it is called with this flag and the words so far. */
const ask = '--get-yargs-completions'

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# kubefed completion for bash: put it into ~/.bashrc, or source <(kubefed completion bash)
_kubefed() {
  local cur=\${COMP_WORDS[COMP_CWORD]} IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(kubefed ${ask} "\${COMP_WORDS[@]}" 2>/dev/null)" -- "$cur"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$cur"))
}
complete -o default -F _kubefed kubefed
`,
  zsh: `#compdef kubefed
# kubefed completion for zsh: put it into ~/.zshrc behind compinit, or source <(kubefed completion zsh)
_kubefed() {
  local -a reply
  reply=("\${(@f)$(COMP_CWORD="$((CURRENT - 1))" kubefed ${ask} "\${words[@]}" 2>/dev/null)}")
  if (( \${#reply} )); then
    reply=("\${(@)reply%%:*}")
    compadd -a reply
  else
    _files
  fi
}
compdef _kubefed kubefed
`,
  fish: `# kubefed completion for fish: kubefed completion fish > ~/.config/fish/completions/kubefed.fish
function __kubefed_complete
  kubefed ${ask} (commandline -opc) (commandline -ct) 2>/dev/null
end
complete -c kubefed -f -a '(__kubefed_complete)'
`,
}

const shells = Object.keys(scripts) as Shell[]

/** `kubefed completion SHELL`. */
export const completionCommand = defineCommand<{ shell: string | undefined; given: number }>({
  name: 'completion',
  positional: 'SHELL',
  summary: `Print shell completion code for ${shells.join(', ')}`,
  examples: [['source <(kubefed completion bash)', 'complete kubefed in this bash']],
  flags: {},
  complete: ({ positional }) => ({ shell: positional[0], given: positional.length }),
  validate({ shell, given }) {
    if (given !== 1 || !shells.some((s) => s === shell))
      throw new UsageError(
        shell === undefined
          ? `exactly one SHELL is required, got 0; choose ${shells.join(', ')}`
          : `there is no completion for "${shell}"; choose ${shells.join(', ')}`,
      )
  },
  async run({ shell }, io) {
    io.out(scripts[shells.find((s) => s === shell) ?? 'bash'])
  },
})
