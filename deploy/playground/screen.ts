/** What the terminal shows; a plain value, drawn by `render` and never changed in place. */
export interface ScreenState {
  readonly dataDir: string
  readonly elapsedMs?: number
  readonly steps: readonly Step[]
  readonly notices: readonly string[]
  readonly clusters: readonly ClusterRow[]
  readonly workload?: WorkloadRow
  readonly dns?: DnsRow
  readonly tryNext: readonly TryLine[]
}

export interface Step {
  readonly title: string
  readonly detail: string
  readonly done: boolean
}

export interface ClusterRow {
  readonly name: string
  readonly status: string
  readonly version: string
  readonly region: string
  readonly zones: string
}

/** The demo Deployment: what was asked, and what each member has ready. */
export interface WorkloadRow {
  readonly name: string
  readonly replicas: number
  readonly ready: number
  readonly perCluster: readonly {
    readonly cluster: string
    readonly replicas: number
    readonly ready: number
  }[]
}

export interface DnsRow {
  readonly name: string
  readonly answers: readonly { readonly address: string; readonly cluster: string }[]
}

export interface TryLine {
  readonly command: string
  readonly why: string
}

/** SGR codes; the identity when the output is no terminal. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly cyan: (text: string) => string
}

const sgr =
  (open: number, close: number) =>
  (text: string): string =>
    `\u001b[${open}m${text}\u001b[${close}m`

const same = (text: string): string => text

export const plainPaint: Paint = { bold: same, dim: same, green: same, yellow: same, cyan: same }
export const colourPaint: Paint = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
}

/** What the screen says of one thing; `about` is its name, the same however it fares. */
export interface Part {
  readonly about: string
  readonly lines: readonly string[]
}

const space: Part = { about: '', lines: [''] }

/** The screen, top to bottom, without cursor movement; a part without a name is empty lines. */
export function partsOf(state: ScreenState, paint: Paint): Part[] {
  const title = `  ${paint.bold('kubefed playground')}   ${paint.dim(`data in ${state.dataDir} · Ctrl-C stops, the data stays`)}`
  return [
    space,
    { about: 'title', lines: [title] },
    space,
    ...state.steps.map((step) => renderStep(step, paint)),
    ...state.notices.map((notice) => ({
      about: `notice ${notice}`,
      lines: [`  ${paint.yellow('!')} ${notice}`],
    })),
    ...renderClusters(state.clusters, paint),
    ...renderWorkload(state.workload, paint),
    ...renderDns(state.dns, paint),
    ...renderTryNext(state, paint),
  ]
}

/** Lines of the screen. */
export const render = (state: ScreenState, paint: Paint): string[] =>
  partsOf(state, paint).flatMap(({ lines }) => lines)

function renderStep(step: Step, paint: Paint): Part {
  const mark = step.done ? paint.green('✔') : paint.yellow('…')
  const line = `  ${mark} ${step.title.padEnd(22)} ${paint.dim(step.detail)}`
  return { about: `step ${step.title}`, lines: [line] }
}

function renderClusters(rows: readonly ClusterRow[], paint: Paint): Part[] {
  if (rows.length === 0) return []
  const table = [
    ['CLUSTER', 'STATUS', 'VERSION', 'REGION', 'ZONES'],
    ...rows.map((row) => [row.name, row.status, row.version, row.region, row.zones]),
  ]
  const widths = [0, 1, 2, 3, 4].map((i) =>
    Math.max(...table.map((cells) => (cells[i] ?? '').length)),
  )
  const lines = table.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd((widths[i] ?? 0) + 3))
      .join('')
      .trimEnd(),
  )
  return [
    space,
    ...lines.map((line, i): Part => {
      if (i === 0) return { about: 'clusters', lines: [`  ${paint.dim(line)}`] }
      const painted = line
        .replace(/\bReady\b/, (word) => paint.green(word))
        .replace(/\b(NotReady|Offline|Unknown|Joining)\b/, (word) => paint.yellow(word))
      return { about: `cluster ${table[i]?.[0]}`, lines: [`  ${painted}`] }
    }),
  ]
}

function renderWorkload(row: WorkloadRow | undefined, paint: Paint): Part[] {
  if (row === undefined) return []
  const complete = row.ready === row.replicas && row.replicas > 0
  const total = `${row.ready}/${row.replicas} ready`
  const split = row.perCluster.map(
    (p) => `${p.cluster} ${dots(p.ready, p.replicas, paint)} ${p.ready}/${p.replicas}`,
  )
  const line = `  ${paint.bold(row.name)}  ${complete ? paint.green(total) : paint.yellow(total)}   ${split.join('   ')}`
  return [space, { about: `workload ${row.name}`, lines: [line] }]
}

function dots(ready: number, replicas: number, paint: Paint): string {
  const shown = Math.min(replicas, 20)
  // A rollout may have more pods than are wished.
  const full = replicas === 0 ? 0 : Math.min(shown, Math.round((ready / replicas) * shown))
  return paint.green('●'.repeat(full)) + paint.dim('○'.repeat(shown - full))
}

function renderDns(row: DnsRow | undefined, paint: Paint): Part[] {
  if (row === undefined) return []
  const answers = row.answers.map((a) => `      A  ${a.address.padEnd(16)} ${paint.dim(a.cluster)}`)
  const lines = [
    `  ${paint.bold(row.name)}`,
    ...(answers.length > 0 ? answers : [paint.dim('      no answer yet')]),
  ]
  return [space, { about: `name ${row.name}`, lines }]
}

function renderTryNext(state: ScreenState, paint: Paint): Part[] {
  if (state.tryNext.length === 0) return []
  const took =
    state.elapsedMs === undefined
      ? ''
      : paint.dim(`   up in ${(state.elapsedMs / 1000).toFixed(1)} s`)
  const lines = [
    `  ${paint.bold('Try next')}${took}`,
    ...state.tryNext.flatMap((line) => [
      `    ${paint.cyan(line.command)}`,
      ...(line.why === '' ? [] : [paint.dim(`      ${line.why}`)]),
    ]),
  ]
  return [space, { about: 'try next', lines }, space]
}
