import { readFileSync } from 'node:fs'

/**
 * Reads vitest's JSON report, prints `N passed, N failed, N skipped`, and fails for a skipped test: where real clusters are at
 * hand nothing may be skipped. ALLOW_SKIP=1 lets skips pass.
 */
interface Report {
  numPassedTests: number
  numFailedTests: number
  testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[]
}

const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Report
const skipped = report.testResults.flatMap((file) =>
  file.assertionResults
    .filter((t) => t.status !== 'passed' && t.status !== 'failed')
    .map((t) => `${file.name.split('/').slice(-2).join('/')}: ${t.fullName}`),
)
for (const name of skipped) process.stdout.write(`skipped: ${name}\n`)
process.stdout.write(
  `${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped.length} skipped\n`,
)
if (report.numPassedTests === 0 || report.numFailedTests > 0) process.exitCode = 1
if (skipped.length > 0 && process.env['ALLOW_SKIP'] !== '1') process.exitCode = 1
