import { defineConfig } from 'vitest/config'

const project = (name: string, include: string[], extra: object = {}) => ({
  test: { name, include, environment: 'node' as const, ...extra },
})

const patient = { testTimeout: 180_000, hookTimeout: 120_000 }
/** With real clusters: one file at a time, apart from all others, which run two at a time. */
const realClusters = { ...patient, fileParallelism: false, sequence: { groupOrder: 0 } }
const besideEachOther = { maxWorkers: 2, sequence: { groupOrder: 1 } }

const withRealClusters = ['client', 'faults', 'helm', 'real-members'].map(
  (name) => `test/e2e/${name}.test.ts`,
)

export default defineConfig({
  test: {
    projects: [
      project(
        'unit',
        [
          '{apimachinery,client,component-base,federation-apiserver,federation-controller,kubefed-cli,dns,deploy}/**/*.test.ts',
          'test/presubmit/**/*.test.ts',
        ],
        { ...besideEachOther, testTimeout: 20_000 },
      ),
      project('integration', ['test/integration/**/*.test.ts'], {
        ...besideEachOther,
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      project('e2e', ['test/e2e/**/*.test.ts'], {
        ...besideEachOther,
        ...patient,
        exclude: withRealClusters,
      }),
      project('clusters', withRealClusters, realClusters),
      project('chaos', ['test/chaos/**/*.test.ts'], realClusters),
    ],
  },
})
