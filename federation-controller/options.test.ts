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
    [['--controllers=*,-nonsense'], /--controllers must be .* sync, .*, and is "\*,-nonsense"$/],
    [['--bind-address=localhost'], /--bind-address must be an IP address .*, and is "localhost"$/],
    [['--cluster-monitor-period=10'], /--cluster-monitor-period must be a duration/],
    [['--cluster-monitor-period=1ms'], /--cluster-monitor-period must be at least 100ms/],
    [['--health-port=70000'], /^--health-port must be a port, 0 to 65535, and is 70000$/],
    [
      ['--log-level=loud'],
      /^--log-level must be trace, debug, info, warn, error or silent, and is "loud"$/,
    ],
    [['--leader-elect-retry-period=20s'], /--leader-elect-retry-period must be shorter/],
    [['--such-flag'], /^unknown flag --such-flag; --help lists the flags there are$/],
    [
      ['--health-prot=1', '--contxt=a'],
      /^unknown flag --health-prot \(did you mean --health-port\?\), flag --contxt \(did you mean --context\?\); --help/,
    ],
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
