/**
 * `npm run conformance -- [--tier 1..4] FILE…`: runs cases and compares with what Kafka Streams made of them. One line a
 * failing case; last line `N passed, N failed`; exit 1 on any failure. `--supported` runs the cases that `supported.txt`
 * names, from `cases/`; `--runtime` runs cases on a StreamsApp over the embedded log, tiers 1 and 2; `--list` prints the names of those that pass instead.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readCases } from './case.ts'
import { firstDifference } from './compare.ts'
import { runCase } from './run-case.ts'
import { runCaseOnRuntime } from './run-on-runtime.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tier: { type: 'string', default: '4' },
    supported: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    runtime: { type: 'boolean', default: false },
  },
})
// The runtime's names and bytes are the driver's; what it adds is tasks, commits and topics.
const tier = Math.min(Number(values.tier), values.runtime ? 2 : 4)
if (!(tier >= 1 && tier <= 4) || (positionals.length === 0 && !values.supported)) {
  console.error('usage: npm run conformance -- [--tier 1..4] [--list] FILE…   (or --supported)')
  process.exit(2)
}
const here = fileURLToPath(new URL('.', import.meta.url))
const names = values.supported
  ? new Set(
      readFileSync(`${here}supported.txt`, 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')),
    )
  : undefined

let passed = 0
let failed = 0
const seen = new Set<string>()
for (const path of values.supported ? [`${here}cases`] : positionals) {
  for (const given of readCases(path)) {
    if (names !== undefined && !names.has(given.name)) continue
    seen.add(given.name)
    let failure: string | undefined
    try {
      const actual = values.runtime ? await runCaseOnRuntime(given) : runCase(given)
      const difference = firstDifference(given.expect, actual, tier)
      if (difference !== undefined) failure = `tier ${difference.tier}, ${difference.what}`
    } catch (error) {
      failure = `tier 1, ${error instanceof Error ? error.message : error}`
    }
    if (failure === undefined) passed++
    else failed++
    if (values.list) {
      if (failure === undefined) console.log(given.name)
    } else if (failure !== undefined) console.log(`FAIL ${given.name}: ${failure.replaceAll('\n', '\\n')}`)
  }
}
for (const name of names ?? []) {
  if (seen.has(name)) continue
  failed++
  console.log(`FAIL ${name}: tier 1, no such case in ${here}cases`)
}
if (!values.list) console.log(`${passed} passed, ${failed} failed`)
if (failed > 0 && !values.list) process.exitCode = 1
