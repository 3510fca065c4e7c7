import type { Answer, Request } from '../area.ts'
import { post } from './requests.ts'

type Amounts = Readonly<Record<string, string>>

export const core = '/api/v1/namespaces/{ns}'
export const quotas = `${core}/resourcequotas`
export const q = `${quotas}/q`

export const quota = (hard: Amounts, name = 'q'): Request =>
  post(quotas, { metadata: { name }, spec: { hard } })

interface Status {
  readonly hard?: Amounts
  readonly used?: Amounts
}

export const statusOf = ({ body }: Answer): Status => (body as { status?: Status }).status ?? {}

/** When it is counted, by these amounts. */
export const counted = (amounts: Amounts, path = q): Request => ({
  path,
  until: (answer) => {
    const { used } = statusOf(answer)
    return Object.entries(amounts).every(([name, amount]) => used?.[name] === amount)
  },
})

export const dry = (request: Request): Request => ({ ...request, query: { dryRun: 'All' } })

/** Asked until it is let through, or forbidden: admission hears of a quota a moment after it is written. */
export const until = (status: 200 | 201 | 403, request: Request): Request => ({
  ...request,
  until: (answer) => answer.status === status,
})

const probed = 'count/controllerrevisions.apps'

/** A new quota that admission limits by from here on, and by all that was written to quotas before it: one watch brings them in order. */
export const inForce = (hard: Amounts, name = 'q', amounts: Amounts = {}): Request[] => [
  quota({ ...hard, [probed]: '0' }, name),
  counted({ [probed]: '0', ...amounts }, `${quotas}/${name}`),
  until(
    403,
    dry(
      post('/apis/apps/v1/namespaces/{ns}/controllerrevisions', {
        metadata: { name: 'probe' },
        revision: 1,
        data: { a: 'b' },
      }),
    ),
  ),
]

/** What the root CA's publisher makes in each namespace is there: it counts, too. */
export const rootCertificateIsThere: Request = {
  path: `${core}/configmaps/kube-root-ca.crt`,
  headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
  until: ({ status }) => status === 200,
}
