import type { Difference } from './differences.ts'
import type { PairResult } from './run-case.ts'

/** Some pairs differ, at some places, as a row of docs/compatibility.md says. */
interface Listed {
  /** How the row begins. */
  readonly row: string
  readonly area: RegExp
  readonly case?: RegExp
  readonly step?: RegExp
  readonly at?: RegExp
  /** One of the places, or what is there in either answer, as JSON. */
  readonly says?: RegExp
}

const owners = /^body\.metadata\.managedFields\b/
const refusal = /^(?:status|body|headers)\b/

/** THE list of differences that are known pair by pair; those of all answers are in documented.ts. */
const known: readonly Listed[] = [
  { row: '`/api/v1/watch`', area: /^discovery$/, case: /^nothing at \/api\/v1\/watch$/ },
  {
    row: 'Deprecated versions',
    area: /^wrong-requests$/,
    case: /v1\/endpoints$/,
    at: /^headers\.warning$/,
  },
  {
    row: 'Cluster IPs, node ports',
    area: /^(?:validation|immutability)$/,
    case: /^v1\/services nodes/,
    step: /spec\.ports/,
    says: /node ?port/i,
  },
  {
    row: 'Jobs with a success policy',
    area: /^(?:validation|immutability|several)$/,
    case: /^batch\/v1\/jobs indexed/,
    step: /no spec\.completions\b/,
    says: /socket hang up/,
  },
  {
    row: 'Fields that are forgotten',
    area: /^immutability$/,
    step: /deprecatedTopology|nodeAllocatableResourceMappings|caBundle/,
    at: /^body\.metadata\.generation$/,
  },
  {
    row: 'Devices for administrators',
    area: /^(?:validation|statuses)$/,
    case: /resourceclaim/,
    step: /adminAccess = true$/,
    says: /resource\.kubernetes\.io\/admin-access/,
  },
  {
    row: 'ReplicationControllers',
    area: /^(?:immutability|several)$/,
    case: /^v1\/replicationcontrollers/,
    at: /^headers\.warning$/,
  },
  {
    row: 'Empty lists in lists that one manager owns',
    area: /^apply-histories$/,
    case: /^Ingress 2[12]4$/,
    at: /^body\.(?:spec\.tls|metadata\.(?:managedFields|resourceVersion)|details|message)\b/,
  },
  {
    row: 'Owners of fields of a custom resource',
    area: /^custom-resources$/,
    case: /^versions of other fields$/,
    at: owners,
  },
  {
    row: '`metadata.managedFields`',
    area: /^statuses$/,
    case: /^(?:v1\/nodes|autoscaling\/v1\/horizontalpodautoscalers) /,
    at: owners,
  },
  {
    row: '`metadata.managedFields`',
    area: /^kubectl 1\.2[04]$/,
    case: /^describe$/,
    step: /describe events/,
  },
  {
    row: 'Statuses of Pods',
    area: /^statuses$/,
    case: /^v1\/pods /,
    step: /allocatedResourcesStatus|volumeStatus/,
  },
  {
    row: 'Patches with several wrong directives',
    area: /^patches$/,
    at: refusal,
    says: /list element types are not identical|expected a \[\]|The order in patch list|unknown field \\+"[^"]*\$|unmarshal \w+ into Go struct field/,
  },
]

const isSaid = (pattern: RegExp, difference: Difference): boolean =>
  pattern.test(JSON.stringify(difference))

/** The row that says why the answers of a pair differ; undefined when nothing does, or not of all that differs. */
export function listedAs(result: PairResult): string | undefined {
  const { differences } = result
  if (differences.length === 0) return undefined
  const found = known.find(
    ({ area, case: cases, step, at, says }) =>
      area.test(result.area) &&
      (cases?.test(result.case) ?? true) &&
      (step?.test(result.step) ?? true) &&
      differences.every((one) => at?.test(one.at) ?? true) &&
      (says === undefined || differences.some((one) => isSaid(says, one))),
  )
  return found?.row
}

export const listedRows: readonly string[] = known.map(({ row }) => row)
