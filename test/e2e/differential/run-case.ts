import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, Case, OwnPair, Request, Step } from './area.ts'
import { type Difference, differences } from './differences.ts'
import { withoutDocumented } from './documented.ts'
import { Normaliser, type NormaliseOptions } from './normalise.ts'
import type { Side, Sides } from './sides.ts'

/** One compared pair. */
export interface PairResult {
  readonly area: string
  readonly case: string
  readonly step: string
  readonly differences: readonly Difference[]
}

/** Headers that clients act on. */
const comparedHeaders = [
  'content-type',
  'warning',
  'retry-after',
  'location',
  'allow',
  'cache-control',
  'www-authenticate',
  'x-content-type-options',
]

const normalising: NormaliseOptions = { managedFields: true }

const relevant = ({ status, headers, body }: Answer): object => ({
  status,
  headers: Object.fromEntries(
    comparedHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  ),
  body,
})

/** `{ns}` becomes the case's name, in every string. */
function named<T>(value: T, namespace: string): T {
  if (typeof value === 'string') return value.replaceAll('{ns}', namespace) as T
  if (Buffer.isBuffer(value) || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => named(one, namespace)) as T
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k.replaceAll('{ns}', namespace), named(v, namespace)]),
  ) as T
}

const failed = (err: unknown): Answer => ({
  status: 0,
  headers: {},
  body: `no answer: ${err instanceof Error ? err.message : String(err)}`,
})

/** The first namespace of each case has the ServiceAccount that a controller makes otherwise. A failure shows in the case's answers. */
async function prepare(side: Side, namespace: string): Promise<void> {
  const post = (path: string, body: object) =>
    side.http.send({ method: 'POST', path, body }).catch(failed)
  await post('/api/v1/namespaces', { metadata: { name: namespace } })
  await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } })
}

const requestOf = (step: Step, earlier: readonly Answer[], namespace: string): Request =>
  named(typeof step === 'function' ? step(earlier) : step, namespace)

const patienceMs = 20_000

/** The answer of one server; asked for again while it is not the one that the request waits for. */
export async function send(side: Side, { until, ...request }: Request): Promise<Answer> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const answer = await side.http.send(request)
    if (until === undefined || until(answer) || Date.now() > deadline) return answer
    await delay(100)
  }
}

async function answersOf(side: Side, { steps }: Case, namespace: string): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const step of steps) {
    try {
      answers.push(await send(side, requestOf(step, answers, namespace)))
    } catch (err) {
      answers.push(failed(err))
    }
  }
  return answers
}

/** What a step is called: its request, as the real server got it. */
function titlesOf({ steps }: Case, answers: readonly Answer[], namespace: string): string[] {
  return steps.map((step, i) => {
    try {
      const { title, method = 'GET', path, query } = requestOf(step, answers.slice(0, i), namespace)
      if (title !== undefined) return `${i + 1}: ${title}`
      const search =
        query === undefined || Object.keys(query).length === 0
          ? ''
          : `?${new URLSearchParams(query as never).toString()}`
      return `${i + 1}: ${method} ${path}${search}`
    } catch {
      return `${i + 1}: (the request needs an earlier answer that did not come)`
    }
  })
}

/** Compares the pairs of one case after normalising each side as a whole. */
export function comparePairs(
  at: { readonly area: string; readonly case: string },
  pairs: readonly OwnPair[],
): PairResult[] {
  const real = new Normaliser(normalising).all(pairs.map((pair) => pair.real))
  const ours = new Normaliser(normalising).all(pairs.map((pair) => pair.ours))
  return pairs.map(({ step }, i) => ({ ...at, step, differences: differences(real[i], ours[i]) }))
}

/** Sends a case to both sides at once. `namespace` is a name that no other case has. */
export async function runCase(
  sides: Sides,
  area: string,
  { case: chosen, namespace }: { readonly case: Case; readonly namespace: string },
): Promise<PairResult[]> {
  const both = [sides.real, sides.ours] as const
  if (chosen.namespace !== false) await Promise.all(both.map((side) => prepare(side, namespace)))
  const [real, ours] = await Promise.all([
    answersOf(sides.real, chosen, namespace),
    answersOf(sides.ours, chosen, namespace),
  ])
  const pairs = titlesOf(chosen, real, namespace).map((step, i) => ({
    step,
    real: relevant(withoutDocumented(real[i] ?? failed('no request'))),
    ours: relevant(withoutDocumented(ours[i] ?? failed('no request'))),
  }))
  return comparePairs({ area, case: chosen.name }, pairs)
}
