import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readCases } from './case.ts'
import { firstDifference } from './compare.ts'
import { runCaseOnRuntime } from './run-on-runtime.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const exceptions = new Set(
  readFileSync(`${here}runtime-exceptions.txt`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' ')[0]),
)

it('gives Kafka Streams’ results on the real runtime over the embedded log, but for the listed exceptions', async () => {
  let passed = 0
  const surprises: string[] = []
  for (const given of readCases(`${here}cases`)) {
    const difference = firstDifference(given.expect, await runCaseOnRuntime(given), 2)
    if (difference === undefined) passed++
    else if (!exceptions.has(given.name)) surprises.push(`${given.name}: ${difference.what}`)
  }
  expect(surprises).toEqual([])
  expect(passed).toBeGreaterThanOrEqual(350)
}, 300_000)
