/** An element of a layout of Go's `time` package, what stands for it in a text, and what may be in it. */
interface Element {
  readonly name: string
  readonly pattern: RegExp
  readonly range?: { readonly what: string; readonly from: number; readonly to: number }
}

const literal = (name: string): Element => ({ name, pattern: new RegExp(`^${name}`) })

const number = (name: string, what: string, from: number, to: number): Element => ({
  name,
  pattern: name === '15' ? /^\d\d?/ : /^\d\d/,
  range: { what, from, to },
})

const elements = (fraction: readonly Element[]): readonly Element[] => [
  { name: '2006', pattern: /^\d{4}/ },
  literal('-'),
  number('01', 'month', 1, 12),
  literal('-'),
  { name: '02', pattern: /^\d\d/ },
  literal('T'),
  number('15', 'hour', 0, 23),
  literal(':'),
  number('04', 'minute', 0, 59),
  literal(':'),
  number('05', 'second', 0, 59),
  ...fraction,
  { name: 'Z07:00', pattern: /^(?:Z|[+-]\d\d:\d\d)/ },
]

/** A fraction of as many digits as the layout has; a layout without one takes any, and none. */
const layouts = {
  0: elements([{ name: '', pattern: /^(?:[.,]\d+)?/ }]),
  6: elements([{ name: '.000000', pattern: /^[.,]\d{6}/ }]),
}

const daysIn = (year: number, month: number): number =>
  new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()

/** In UTC: `2006-01-02T15:04:05`, and what comes after the point, without it. */
export type ParsedTime = { whole: string; fraction: string } | { problem: string }

/**
 * RFC 3339 with a fraction of `digits` digits, in UTC; or what Go's `time.Parse` says of a text that is not.
 * Source: the documentation of Go's package time; metav1.Time and metav1.MicroTime.
 */
export function parseTime(text: string, digits: 0 | 6): ParsedTime {
  const quoted = JSON.stringify(text)
  const outOfRange = (what: string): ParsedTime => ({
    problem: `parsing time ${quoted}: ${what} out of range`,
  })
  const found: string[] = []
  let rest = text
  for (const { name, pattern, range } of layouts[digits]) {
    const part = pattern.exec(rest)?.[0]
    if (part === undefined) {
      const layout = layouts[digits].map((each) => each.name).join('')
      return {
        problem: `parsing time ${quoted} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${name}"`,
      }
    }
    rest = rest.slice(part.length)
    if (range !== undefined && (Number(part) < range.from || Number(part) > range.to)) {
      return outOfRange(range.what)
    }
    found.push(part)
  }
  if (rest !== '') return { problem: `parsing time ${quoted}: extra text: ${JSON.stringify(rest)}` }
  const [year = '', , month = '', , day = '', , hour = '', , minute = '', , second = ''] = found
  const [fraction = '', zone = ''] = found.slice(-2)
  if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) {
    return outOfRange('day')
  }
  const [, sign = '', hours = '0', minutes = '0'] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  if (Number(hours) > 24) return outOfRange('time zone offset hour')
  if (Number(minutes) > 60) return outOfRange('time zone offset minute')
  const local = Date.parse(`${year}-${month}-${day}T${hour.padStart(2, '0')}:${minute}:${second}Z`)
  const offset = Number(`${sign}${Number(hours) * 60 + Number(minutes)}`) * 60_000
  return { whole: new Date(local - offset).toISOString().slice(0, 19), fraction: fraction.slice(1) }
}
