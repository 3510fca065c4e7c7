/** A field of a cron schedule: its least and greatest value, and names for some. */
interface CronField {
  readonly min: number
  readonly max: number
  readonly names?: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const fields: readonly CronField[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: ['', ...months] },
  { min: 0, max: 6, names: days },
]

const descriptors = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
])

/** What is wrong with a CronJob's schedule, in the words of the parser that Kubernetes uses; undefined when nothing is. */
export function scheduleProblem(schedule: string): string | undefined {
  const text = schedule.replace(/^(CRON_)?TZ=\S* +/, '')
  if (text.startsWith('@')) {
    if (descriptors.has(text) || /^@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text))
      return undefined
    return text.startsWith('@every ')
      ? `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(text.slice(7))}`
      : `unrecognized descriptor: ${text}`
  }
  const parts = text.split(/\s+/).filter((part) => part !== '')
  if (parts.length !== fields.length) {
    return `expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`
  }
  for (const [i, part] of parts.entries()) {
    const field = fields[i]
    for (const range of part.split(',')) {
      const problem = field === undefined ? undefined : rangeProblem(range, field)
      if (problem !== undefined) return problem
    }
  }
  return undefined
}

/** `3`, `1-5`, or either with a step. */
function rangeProblem(expression: string, field: CronField): string | undefined {
  const [range = '', step, ...more] = expression.split('/')
  const [low = '', high, ...rest] = range.split('-')
  if (rest.length > 0) return `too many hyphens: ${expression}`
  if (more.length > 0) return `too many slashes: ${expression}`
  const any = low === '*' || low === '?'
  const start = any ? field.min : numberOf(low, field)
  if (typeof start === 'string') return start
  const single =
    high === undefined ? (any || step !== undefined ? field.max : start) : numberOf(high, field)
  if (typeof single === 'string') return single
  const by = step === undefined ? 1 : numberOf(step, { min: 0, max: 0 })
  if (typeof by === 'string') return by
  if (start < field.min)
    return `beginning of range (${start}) below minimum (${field.min}): ${expression}`
  if (single > field.max)
    return `end of range (${single}) above maximum (${field.max}): ${expression}`
  if (start > single)
    return `beginning of range (${start}) beyond end of range (${single}): ${expression}`
  return by === 0 ? `step of range should be a positive number: ${expression}` : undefined
}

/** A text is what is wrong with it. */
function numberOf(text: string, { names = [] }: CronField): number | string {
  const named = text === '' ? -1 : names.indexOf(text.toLowerCase())
  if (named >= 0) return named
  if (/^[+-]?\d+$/.test(text)) {
    const value = Number(text)
    return value < 0 ? `negative number (${value}) not allowed: ${text}` : value
  }
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
}
