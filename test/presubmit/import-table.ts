/**
 * Who may import what: the first row whose `path` is a prefix of a file's path holds for it.
 * `rooms` are path prefixes of this repository, `packages` npm packages and node built-ins that have a rule of their own.
 * Node built-ins without a rule below are free for everybody but the rooms marked `pure`.
 */
export interface ImportRule {
  readonly path: string
  readonly rooms: readonly string[]
  readonly packages: readonly string[]
  readonly pure?: true
}

const program = ['yargs', 'zod', 'pino']

export const importTable: readonly ImportRule[] = [
  {
    path: 'component-base/metrics/',
    rooms: ['apimachinery/', 'client/', 'component-base/metrics/'],
    packages: [],
  },
  {
    path: 'component-base/',
    rooms: ['apimachinery/', 'component-base/'],
    packages: ['yargs', 'zod', 'pino'],
  },
  {
    path: 'apimachinery/structural/',
    rooms: ['apimachinery/'],
    packages: ['@marcbachmann/cel-js', 're2js'],
  },
  {
    path: 'apimachinery/',
    rooms: ['apimachinery/'],
    packages: ['yaml'],
  },
  {
    path: 'client/',
    rooms: ['apimachinery/', 'client/'],
    packages: ['@kubernetes/client-node', 'undici', 'yaml', 'pino'],
  },

  {
    path: 'federation-apiserver/storage/backends/etcd3/',
    rooms: ['apimachinery/', 'federation-apiserver/storage/'],
    packages: ['etcd3', 'pino'],
  },
  {
    path: 'federation-apiserver/storage/',
    rooms: ['apimachinery/', 'federation-apiserver/storage/'],
    packages: ['pino'],
  },
  {
    path: 'federation-apiserver/registry/',
    rooms: [
      'apimachinery/',
      'federation-apiserver/registry/',
      'federation-apiserver/storage/interface.ts',
      'federation-apiserver/storage/errors.ts',
    ],
    packages: [],
  },
  {
    path: 'federation-apiserver/admission/',
    rooms: ['apimachinery/', 'federation-apiserver/admission/', 'federation-apiserver/registry/'],
    packages: ['jose', '@peculiar/x509'],
  },
  {
    path: 'federation-apiserver/authentication/',
    rooms: [
      'apimachinery/',
      'federation-apiserver/authentication/',
      'federation-apiserver/registry/',
    ],
    packages: ['jose', '@peculiar/x509', 'reflect-metadata', 'pino'],
  },
  {
    path: 'federation-apiserver/authorization/',
    rooms: [
      'apimachinery/',
      'federation-apiserver/authorization/',
      'federation-apiserver/authentication/',
      'federation-apiserver/registry/',
    ],
    packages: ['pino'],
  },
  {
    path: 'federation-apiserver/endpoints/',
    rooms: [
      'apimachinery/',
      'component-base/metrics/',
      'federation-apiserver/endpoints/',
      'federation-apiserver/registry/',
      'federation-apiserver/admission/',
      'federation-apiserver/authentication/',
      'federation-apiserver/authorization/',
      'federation-apiserver/storage/interface.ts',
    ],
    packages: ['express', 'pino'],
  },
  {
    path: 'federation-apiserver/',
    rooms: ['apimachinery/', 'component-base/', 'federation-apiserver/'],
    packages: ['express', ...program],
  },

  {
    path: 'federation-controller/runtime/',
    rooms: [
      'apimachinery/',
      'client/',
      'component-base/metrics/',
      'federation-controller/runtime/',
    ],
    packages: ['pino'],
  },
  {
    path: 'federation-controller/federation/',
    rooms: [
      'apimachinery/',
      'client/',
      'federation-controller/runtime/',
      'federation-controller/federation/',
      'federation-controller/federated-types/',
    ],
    packages: ['pino'],
  },
  {
    path: 'federation-controller/federated-types/',
    rooms: ['apimachinery/', 'federation-controller/federated-types/'],
    packages: [],
  },
  {
    path: 'federation-controller/controllers/',
    // Never another controller: the test narrows this to the controller's own folder.
    rooms: [
      'apimachinery/',
      'client/',
      'federation-controller/runtime/',
      'federation-controller/federation/',
      'federation-controller/federated-types/',
      'federation-controller/controllers/SELF/',
    ],
    packages: ['pino'],
  },
  {
    path: 'federation-controller/',
    rooms: ['apimachinery/', 'client/', 'component-base/', 'federation-controller/'],
    packages: program,
  },

  { path: 'dns/zone/', rooms: ['dns/zone/'], packages: [], pure: true },
  {
    path: 'dns/server.ts',
    rooms: ['apimachinery/', 'client/', 'component-base/', 'dns/'],
    packages: ['dns2', 'pino'],
  },
  {
    path: 'dns/message.ts',
    rooms: ['apimachinery/', 'client/', 'dns/'],
    packages: ['dns2', 'pino'],
  },
  {
    path: 'dns/options.ts',
    rooms: ['apimachinery/', 'component-base/', 'dns/'],
    packages: program,
  },
  {
    path: 'dns/main.ts',
    rooms: ['apimachinery/', 'client/', 'component-base/', 'dns/'],
    packages: program,
  },
  { path: 'dns/', rooms: ['apimachinery/', 'client/', 'dns/'], packages: ['pino'] },

  {
    path: 'kubefed-cli/',
    // Its version is the package's.
    rooms: [
      'apimachinery/',
      'client/',
      'component-base/program.ts',
      'kubefed-cli/',
      'package.json',
    ],
    packages: ['yargs', 'zod', 'pino', 'yaml'],
  },
  {
    path: 'deploy/',
    rooms: [
      'apimachinery/',
      'client/',
      'component-base/',
      'federation-apiserver/',
      'federation-controller/',
      'dns/',
      'kubefed-cli/',
      'deploy/',
    ],
    packages: program,
  },
]

/** Node built-ins with one door each. */
export const builtinDoors: Readonly<Record<string, readonly string[]>> = {
  'node:sqlite': ['federation-apiserver/storage/backends/sqlite/'],
  'node:dgram': ['dns/', 'deploy/standalone/ports.ts'],
  'node:http2': ['federation-apiserver/'],
}

/** Folder names that say nothing about what is inside. */
export const refusedFolders = ['util', 'utils', 'common', 'shared', 'helpers', 'lib']
