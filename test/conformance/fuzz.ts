/**
 * `npm run conformance:fuzz -- [--seed N] [--count N] [--only op,op,…] [--oracle DIR]`: new random cases. Has Kafka Streams'
 * oracle draw them and say what comes out (Java 17 and Maven), then runs them here at tier 4. Without a seed one is drawn
 * and printed. The cases stay in a temporary folder, whose name is printed, if any fails.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    count: { type: 'string', default: '2000' },
    only: { type: 'string' },
    oracle: { type: 'string', default: fileURLToPath(new URL('../../../shared/conformance/oracle', import.meta.url)) },
  },
})

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error !== undefined || status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error ?? status}`)
}

if (!existsSync(values.oracle)) {
  console.error(`No oracle at ${values.oracle}: say where its sources are with --oracle DIR.`)
  process.exit(2)
}
const work = mkdtempSync(join(tmpdir(), 'millrace-oracle-'))
console.error(`seed ${values.seed}, ${values.count} cases, in ${work}`)
const oracle = join(work, 'oracle')
cpSync(values.oracle, oracle, { recursive: true, mode: 0 })
run('chmod', ['-R', 'u+w', oracle], work)
if (!existsSync(join(oracle, 'target', 'oracle.jar'))) run('mvn', ['-q', '-B', 'package'], oracle)
const only = values.only === undefined ? [] : ['--only', values.only]
run(join(oracle, 'oracle'), ['fuzz', '--seed', values.seed, '--count', values.count, '--out', work, ...only], oracle)
const files = readdirSync(work).filter((name) => name.endsWith('.jsonl'))
const runner = fileURLToPath(new URL('./run.ts', import.meta.url))
const { status } = spawnSync(
  process.execPath,
  ['--conditions=millrace-source', runner, ...files.map((name) => join(work, name))],
  { stdio: 'inherit' },
)
if (status === 0) rmSync(work, { recursive: true })
process.exitCode = status ?? 1
