import { describe, expect, test } from 'vitest'
import { claimProblems, type Limit, podProblems } from './limit-problems.ts'

type Amounts = Readonly<Record<string, string>>

const cpu = (requests?: string, limits?: string): { requests?: Amounts; limits?: Amounts } => ({
  ...(requests !== undefined && { requests: { cpu: requests } }),
  ...(limits !== undefined && { limits: { cpu: limits } }),
})

const pod = (...all: object[]): { containers: object[] } => ({
  containers: all.map((resources) => ({ name: 'c', resources })),
})

const least: Limit = { type: 'Container', min: { cpu: '100m' } }
const most: Limit = { type: 'Container', max: { cpu: '1' } }
const ratio: Limit = { type: 'Container', maxLimitRequestRatio: { cpu: '1.5' } }
const whole: Limit = { type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' } }

describe('Pods', () => {
  test.each<[Limit, object, string[]]>([
    [least, pod({}), ['minimum cpu usage per Container is 100m.  No request is specified']],
    [least, pod(cpu('0.05')), ['minimum cpu usage per Container is 100m, but request is 50m']],
    [least, pod(cpu('1', '1m')), ['minimum cpu usage per Container is 100m, but limit is 1m']],
    [least, pod(cpu('0.1')), []],
    [most, pod(cpu('1')), ['maximum cpu usage per Container is 1.  No limit is specified']],
    [most, pod(cpu('1', '1001m')), ['maximum cpu usage per Container is 1, but limit is 1001m']],
    [most, pod(cpu('2', '1')), ['maximum cpu usage per Container is 1, but request is 2']],
    [most, pod(cpu(undefined, '1')), []],
    [
      ratio,
      pod(cpu('0', '1')),
      [
        'cpu max limit to request ratio per Container is 1500m, but no request is specified or request is 0',
      ],
    ],
    [
      ratio,
      pod(cpu('1')),
      [
        'cpu max limit to request ratio per Container is 1500m, but no limit is specified or limit is 0',
      ],
    ],
    [
      ratio,
      pod(cpu('3', '10')),
      ['cpu max limit to request ratio per Container is 1500m, but provided ratio is 3.333333'],
    ],
    [ratio, pod(cpu('2', '3')), []],
    [whole, pod(cpu('600m', '1'), cpu('400m', '1')), []],
    [
      whole,
      pod(cpu('500m', '1'), cpu('400m', '1100m')),
      [
        'minimum cpu usage per Pod is 1, but request is 900m',
        'maximum cpu usage per Pod is 2, but limit is 2100m',
      ],
    ],
    [whole, { ...pod({}), resources: cpu('1', '2') }, []],
    [
      whole,
      {
        ...pod(cpu('1', '1')),
        initContainers: [
          { resources: cpu('1', '1'), restartPolicy: 'Always' },
          { resources: cpu('1', '1500m') },
        ],
      },
      ['maximum cpu usage per Pod is 2, but limit is 2500m'],
    ],
    [{ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }, pod({}), []],
  ])('%j, %j: %j', (limit, spec, expected) => {
    expect(podProblems([limit], { ...spec })).toEqual(expected)
  })
})

test.each<[string | undefined, string[]]>([
  ['1Gi', []],
  ['512Mi', ['minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 512Mi']],
  ['3Gi', ['maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi']],
  [
    undefined,
    [
      'minimum storage usage per PersistentVolumeClaim is 1Gi.  No request is specified',
      'maximum storage usage per PersistentVolumeClaim is 2Gi.  No request is specified',
    ],
  ],
])('a claim of %j: %j', (storage, expected) => {
  const limit = { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } }
  const requests = storage === undefined ? {} : { storage }
  expect(claimProblems([limit], { resources: { requests } })).toEqual(expected)
})
