import type { JsonObject } from '#apimachinery/meta/object-meta.ts'
import type { Container, Pod } from '../workloads/objects.ts'

interface Running {
  readonly podIP: string
  readonly hostIP: string
  /** RFC 3339. */
  readonly now: string
}

/** The status of a pod all of whose containers have started and are ready. */
export function runningStatus(pod: Pod, { podIP, hostIP, now }: Running): JsonObject {
  const condition = (type: string): JsonObject => ({
    type,
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: now,
  })
  const { containers = [], initContainers = [] } = pod.spec
  return {
    phase: 'Running',
    conditions: [
      'PodReadyToStartContainers',
      'Initialized',
      'Ready',
      'ContainersReady',
      'PodScheduled',
    ].map(condition),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: now,
    ...(initContainers.length === 0
      ? {}
      : { initContainerStatuses: initContainers.map((each) => finished(pod, each, now)) }),
    containerStatuses: containers.map((each) => running(pod, each, now)),
  }
}

const common = (pod: Pod, { name, image = '' }: Container): JsonObject => ({
  name,
  image,
  imageID: '',
  containerID: `simulated://${pod.metadata.uid ?? ''}-${name}`,
  ready: true,
  restartCount: 0,
  lastState: {},
})

const running = (pod: Pod, container: Container, now: string): JsonObject => ({
  ...common(pod, container),
  started: true,
  state: { running: { startedAt: now } },
})

const finished = (pod: Pod, container: Container, now: string): JsonObject => ({
  ...common(pod, container),
  started: false,
  state: {
    terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now },
  },
})
