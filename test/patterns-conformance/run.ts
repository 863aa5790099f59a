/**
 * Pattern conformance: `node --conditions=millrace-source test/patterns-conformance/run.ts FILE…` runs the cases of the
 * files (.json, .jsonl, .jsonl.gz) and folders given, or those beside this file, against Flink CEP's results, order
 * included. One line for each case that fails, the count as the last line, exit code 1 if any failed.
 */

import { join } from 'node:path'
import { readCases } from './case-files.ts'
import { firstDifference } from './compare-case.ts'
import { runCase } from './run-case.ts'

const given = process.argv.slice(2)
const paths = given.length > 0 ? given : [join(import.meta.dirname, 'cases')]
let passed = 0
let failed = 0
for (const path of paths) {
  for (const one of readCases(path)) {
    const difference = differenceOf(one)
    if (difference === undefined) {
      passed++
    } else {
      failed++
      console.log(`FAIL ${one.name}: ${difference}`)
    }
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

function differenceOf(one: Parameters<typeof runCase>[0]): string | undefined {
  try {
    return firstDifference(one.expect, runCase(one))
  } catch (error) {
    return String(error)
  }
}
