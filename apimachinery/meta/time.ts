/** The present moment as the API writes it: RFC 3339 with whole seconds. */
export function now(): string {
  const second = Math.floor(Date.now() / 1000)
  if (second !== told.second)
    told = { second, text: `${new Date(second * 1000).toISOString().slice(0, 19)}Z` }
  return told.text
}

/** Every write tells the time twice; a second lasts many writes. */
let told = { second: -1, text: '' }

const withRest = (whole: string, rest: number, unit: string): string =>
  rest === 0 ? whole : `${whole}${rest}${unit}`

/** A duration as kubectl prints ages: two units while small, one when large (apimachinery's HumanDuration). */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 10) return withRest(`${minutes}m`, seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return withRest(`${hours}h`, minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 192) return withRest(`${days}d`, hours % 24, 'h')
  if (hours < 17_520) return `${days}d`
  const years = Math.trunc(days / 365)
  return hours < 70_080 ? withRest(`${years}y`, days % 365, 'd') : `${years}y`
}

/** The AGE of a timestamp; `<unknown>` when there is none. */
export const translateTimestampSince = (timestamp: string | undefined): string =>
  timestamp === undefined ? '<unknown>' : humanDuration(Date.now() - Date.parse(timestamp))
