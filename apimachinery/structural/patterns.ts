import { RE2JS } from 're2js'

const compiled = new Map<string, RE2JS>()
const mostKept = 10_000

/**
 * A pattern of a schema or a rule, in RE2's syntax, as Kubernetes has it. Patterns are the users': matching takes time linear in the text, whatever they
 * say. Throws Error with Go's words for what is none.
 */
export function patternOf(text: string): RE2JS {
  const known = compiled.get(text)
  if (known !== undefined) return known
  const made = RE2JS.compile(text)
  if (compiled.size >= mostKept) compiled.clear()
  compiled.set(text, made)
  return made
}

export const matches = (pattern: string, text: string): boolean =>
  patternOf(pattern).matcher(text).find()

/** All that a pattern matches, from left to right. */
export function allMatches(pattern: string, text: string): string[] {
  const matcher = patternOf(pattern).matcher(text)
  const found: string[] = []
  while (matcher.find()) found.push(matcher.group() ?? '')
  return found
}
