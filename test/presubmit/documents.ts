import { readSource, repositoryFiles } from './source-files.ts'

/** A fenced block of a document. */
export interface Block {
  readonly file: string
  /** Of the fence, from 1. */
  readonly line: number
  readonly language: string
  readonly text: string
}

/** README and everything in docs/. */
export const documents: readonly string[] = repositoryFiles('.md').filter(
  (f) => f === 'README.md' || f.startsWith('docs/'),
)

export function blocksOf(file: string): Block[] {
  const blocks: Block[] = []
  let open: { line: number; language: string; lines: string[] } | undefined
  for (const [i, text] of readSource(file).split('\n').entries()) {
    if (!text.startsWith('```')) open?.lines.push(text)
    else if (open === undefined) open = { line: i + 1, language: text.slice(3).trim(), lines: [] }
    else {
      const { line, language, lines } = open
      blocks.push({ file, line, language, text: lines.join('\n') })
      open = undefined
    }
  }
  return blocks
}

/** The document without its fenced blocks. */
export const proseOf = (file: string): string => readSource(file).replace(/^```[^]*?^```$/gm, '')

/** `code` in the prose, each once. */
export const codeSpansOf = (file: string): string[] => [
  ...new Set([...proseOf(file).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)),
]

/** Targets of the links of a document that stay in the repository. */
export const linksOf = (file: string): string[] =>
  [...proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !target.startsWith('#'))

/** One command line of a console block, its words as a shell gives them; environment and comments left out. */
export interface CommandLine {
  readonly at: string
  readonly words: readonly string[]
}

export const commandLinesOf = (file: string): CommandLine[] =>
  blocksOf(file)
    .filter(({ language }) => language === 'console')
    .flatMap(({ line, text }) =>
      text.split('\n').flatMap((command) =>
        command
          .replace(/\s#\s.*$/, '')
          .split(/\s*&&\s*/)
          .filter((part) => part.trim() !== '')
          .map((part) => ({ at: `${file}:${line}`, words: wordsOf(part) })),
      ),
    )

const wordsOf = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
