import { controllerReference, type Deployment, type ReplicaSet } from './workload.ts'
import { namespaceOf } from './claim.ts'
import { templateHashLabel } from './pod-template.ts'

const prefix = 'deployment.kubernetes.io'
export const revisionAnnotation = `${prefix}/revision`
const desiredAnnotation = `${prefix}/desired-replicas`
const maxAnnotation = `${prefix}/max-replicas`

/** A Deployment's annotations go to its ReplicaSet (change-cause is shown by `rollout history`), but not these. */
const ownAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  `${prefix}/revision-history`,
  desiredAnnotation,
  maxAnnotation,
  'deprecated.deployment.rollback.to',
])

export const revisionOf = ({ metadata }: ReplicaSet): number =>
  Number(metadata.annotations?.[revisionAnnotation] ?? 0)

interface AnnotationInput {
  readonly before: Readonly<Record<string, string>>
  readonly maxSurge: number
  /** Absent for an old set: it keeps its own revision and the annotations of its time. */
  readonly revision?: string
}

/** What a ReplicaSet's annotations should be. */
export function setAnnotations(
  deployment: Deployment,
  { before, maxSurge, revision }: AnnotationInput,
): Record<string, string> {
  const desired = deployment.spec.replicas ?? 1
  const inherited =
    revision === undefined
      ? []
      : Object.entries(deployment.metadata.annotations ?? {}).filter(
          ([name]) => !ownAnnotations.has(name),
        )
  return {
    ...before,
    ...Object.fromEntries(inherited),
    ...(revision === undefined ? {} : { [revisionAnnotation]: revision }),
    [desiredAnnotation]: String(desired),
    [maxAnnotation]: String(desired + maxSurge),
  }
}

interface SetInput {
  readonly name: string
  readonly revision: string
  readonly replicas: number
  readonly maxSurge: number
}

export function newReplicaSet(deployment: Deployment, input: SetInput): ReplicaSet {
  const { selector, template, minReadySeconds } = deployment.spec
  const hash = { [templateHashLabel]: input.name.slice(deployment.metadata.name.length + 1) }
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: input.name,
      ...namespaceOf(deployment),
      labels: { ...template.metadata?.labels, ...hash },
      annotations: setAnnotations(deployment, { before: {}, ...input }),
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: input.replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, ...hash } },
      template: {
        ...template,
        metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...hash } },
      },
    },
  }
}
