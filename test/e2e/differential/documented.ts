import type { Answer } from './area.ts'

/** A difference that docs/compatibility.md lists, taken out of both answers before they are compared. */
export interface Documented {
  readonly reason: string
  readonly apply: (answer: Answer, side: 'real' | 'ours') => Answer
}

const withHeaders = (
  answer: Answer,
  headers: Record<string, string | readonly string[]>,
): Answer => ({
  ...answer,
  headers,
})

/** THE list: nothing else may make two answers look the same that are not. */
export const documented: readonly Documented[] = [
  {
    reason: 'kinds that are stored and not distributed say so in a Warning',
    apply: (answer) => {
      const { warning, ...rest } = answer.headers
      if (typeof warning !== 'string') return answer
      const left = warning
        .split(/, (?=299 )/)
        .filter((text) => !text.includes('not distributed by this version'))
        .join(', ')
      return withHeaders(answer, left === '' ? rest : { ...rest, warning: left })
    },
  },
]

export const withoutDocumented = (answer: Answer, side: 'real' | 'ours'): Answer =>
  documented.reduce((left, { apply }) => apply(left, side), answer)
