/**
 * What CI runs after `npm ci`: every part, whatever failed before, then one sum. The last line is `N passed, N failed`.
 *
 * A part's count is its own last `N passed, N failed` line; tests are counted from vitest's JSON report. A part that dies without
 * counting is one failure. Logs go to a temporary folder, whose path is printed; the tail of a failed part is printed too.
 */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, workspaceEnvironment } from './command.ts'
import { root } from './repository.ts'

interface Count {
  passed: number
  failed: number
}

interface Part {
  readonly name: string
  readonly command: readonly string[]
  /** Minutes. */
  readonly limit: number
  /** The part belongs to CI once this exists. */
  readonly needs?: string
  readonly report?: string
}

const logs = mkdtempSync(join(tmpdir(), 'millrace-ci-'))
const vitestReport = join(logs, 'vitest.json')

const parts: readonly Part[] = [
  { name: 'check', command: ['npm', 'run', 'check'], limit: 5 },
  { name: 'build', command: ['npm', 'run', 'build'], limit: 5 },
  {
    name: 'test',
    command: ['npm', 'test', '--', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`],
    limit: 18,
    report: vitestReport,
  },
  { name: 'examples', command: ['npm', 'run', 'examples'], limit: 5 },
  {
    name: 'conformance',
    command: ['npm', 'run', 'conformance', '--', '--supported'],
    limit: 3,
  },
  {
    name: 'patterns-conformance',
    command: ['npm', 'run', 'patterns-conformance', '--', 'test/patterns-conformance/cases'],
    limit: 3,
  },
  { name: 'pack-test', command: ['npm', 'run', 'pack-test'], limit: 4 },
]

/** Counts from vitest's report; a file that could not even be loaded has no tests in it and counts as one failure. */
function fromVitest(path: string): Count | undefined {
  if (!existsSync(path)) return undefined
  const report = JSON.parse(readFileSync(path, 'utf8')) as {
    numPassedTests: number
    numFailedTests: number
    testResults: { status: string; assertionResults: unknown[] }[]
  }
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  return { passed: report.numPassedTests, failed: report.numFailedTests + unloaded }
}

function fromOutput(output: string): Count | undefined {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed\s*$/gm)].at(-1)
  return last === undefined ? undefined : { passed: Number(last[1]), failed: Number(last[2]) }
}

const total: Count = { passed: 1, failed: 0 } // `npm ci` came this far
for (const part of parts) {
  if (part.needs !== undefined && !existsSync(join(root, part.needs))) {
    console.log(`none  ${part.name}: there is no ${part.needs}`)
    continue
  }
  const [command, ...args] = part.command
  const { code, output, milliseconds } = await run(command!, args, {
    env: workspaceEnvironment({ CI: 'true', REQUIRE_KAFKA: '1', NO_COLOR: '1' }),
    limit: part.limit * 60_000,
  })
  writeFileSync(join(logs, `${part.name}.log`), output)
  const count = (part.report === undefined ? fromOutput(output) : fromVitest(part.report)) ?? {
    passed: code === 0 ? 1 : 0,
    failed: 0,
  }
  // A part that fails must never add up to success.
  if (code !== 0 && count.failed === 0) count.failed = 1
  total.passed += count.passed
  total.failed += count.failed
  const seconds = Math.round(milliseconds / 1000)
  console.log(
    `${count.failed === 0 ? 'ok  ' : 'FAIL'}  ${part.name}: ${count.passed} passed, ${count.failed} failed, ${seconds} s`,
  )
  if (count.failed > 0) console.log(`${output.trimEnd().split('\n').slice(-80).join('\n')}\n`)
}
console.log(`logs: ${logs}`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0
