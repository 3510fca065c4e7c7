import { describe, expect, it } from 'vitest'
import { UsageError } from '#apimachinery/errors/usage-error.ts'
import { controllerNames } from './controllers.ts'
import { enabledControllers } from './enabled-controllers.ts'
import { defaultManagerOptions, parseOptions } from './options.ts'

const parse = (...argv: string[]) => parseOptions(argv, () => {})

describe('parseOptions', () => {
  it('has a default for everything that is needed', async () => {
    expect(await parse()).toMatchObject({
      controllers: ['*'],
      clusterMonitorPeriod: 10_000,
      leaderElect: true,
      bindAddress: '127.0.0.1',
      healthPort: 10253,
      logLevel: 'info',
    })
    expect(defaultManagerOptions()).toMatchObject({ leaderElect: false, controllers: ['*'] })
  })

  it('reads durations and lists', async () => {
    const options = await parse('--cluster-monitor-period=1.5s', '--controllers=*,-tombstone')
    expect(options).toMatchObject({ clusterMonitorPeriod: 1500, controllers: ['*', '-tombstone'] })
  })

  it.each([
    [['--controllers=*,-nonsense'], /--controllers names unknown controllers.*sync/],
    [['--cluster-monitor-period=10'], /--cluster-monitor-period must be a duration/],
    [['--cluster-monitor-period=1ms'], /--cluster-monitor-period must be at least 100ms/],
    [['--health-port=70000'], /--health-port/],
    [['--log-level=loud'], /--log-level/],
    [['--leader-elect-retry-period=20s'], /--leader-elect-retry-period must be shorter/],
    [['--such-flag'], /such-flag/],
  ])('refuses %j by name', async (argv, message) => {
    const error: unknown = await parse(...argv).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(UsageError)
    expect((error as Error).message).toMatch(message)
  })

  it('prints help', async () => {
    let printed = ''
    const options = await parseOptions(['--help'], (text) => {
      printed += text
    })
    expect(options).toBeUndefined()
    expect(printed).toContain('federation-controller-manager [options]')
    for (const name of controllerNames) expect(printed.replace(/\s+/g, ' ')).toContain(name)
  })
})

describe('enabledControllers', () => {
  it.each([
    [['*'], controllerNames],
    [['*', '-sync'], controllerNames.filter((name) => name !== 'sync')],
    [
      ['cluster', 'sync'],
      ['cluster', 'sync'],
    ],
    [['sync', '-sync'], []],
  ])('%j', (wanted, expected) => {
    expect(enabledControllers(wanted)).toEqual(expected)
  })
})
