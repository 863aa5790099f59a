/**
 * `npm run sim -- --seeds 1..200 [--topology NAME] [--guarantee exactly_once|at_least_once] [--trace]`: simulates each seed
 * (the topology follows from the seed where none is named), one line a failing seed with the command that replays it.
 * `npm run sim -- --every-call [--seeds …] [--topology NAME]`: no chance: one run for each port call and its answer, in
 * which whoever makes it dies just there.
 * `npm run sim -- --planted`: plants each known bug and says which seed finds it.
 */

import { parseArgs } from 'node:util'
import { CASES, PLANTED_BUGS, type SimulationResult, simulate, type TopologyCase } from '@millrace/testing'
import { patternsCase } from './patterns-case.ts'

const PLANTED_SEEDS = 200

const ALL: readonly TopologyCase[] = [...CASES, patternsCase]

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1..200' },
    topology: { type: 'string' },
    guarantee: { type: 'string' },
    trace: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    'every-call': { type: 'boolean', default: false },
  },
})

function seedRange(text: string): number[] {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text)
  if (match === null) throw new Error(`--seeds ${text}: give a seed or a range such as 1..200`)
  const first = Number(match[1])
  return Array.from({ length: Number(match[2] ?? match[1]) - first + 1 }, (_, index) => first + index)
}

function plan(
  seed: number,
  cases: readonly TopologyCase[] = ALL,
): { topology: TopologyCase; guarantee: 'exactly_once' | 'at_least_once' } {
  const named = ALL.find(({ name }) => name === values.topology)
  if (values.topology !== undefined && named === undefined) {
    throw new Error(`--topology ${values.topology}: there are ${ALL.map(({ name }) => name).join(', ')}`)
  }
  const topology = named ?? cases[seed % cases.length]
  if (values.guarantee === 'exactly_once' || values.guarantee === 'at_least_once') {
    return { topology, guarantee: values.guarantee }
  }
  if (values.guarantee !== undefined) throw new Error(`--guarantee ${values.guarantee}: exactly_once or at_least_once`)
  return { topology, guarantee: Math.floor(seed / cases.length) % 4 === 3 ? 'at_least_once' : 'exactly_once' }
}

async function runSeeds(): Promise<number> {
  let passed = 0
  let failed = 0
  for (const seed of seedRange(values.seeds)) {
    const { topology, guarantee } = plan(seed)
    const result: SimulationResult = await simulate({ seed, topology, guarantee, trace: values.trace })
    if (values.trace) {
      for (const line of result.trace.lines ?? []) console.log(line)
      console.log(
        `seed ${seed} ${topology.name} ${guarantee}: ${result.trace.count} lines, hash ${result.trace.hash}, ${result.virtualMs.toFixed(0)} virtual ms`,
      )
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

/** Plants each bug and looks for the first seed that finds it; how many did not are the failures. */
async function runPlanted(): Promise<number> {
  const width = Math.max(...PLANTED_BUGS.map((bug) => bug.length))
  let missed = 0
  for (const bug of PLANTED_BUGS) {
    let found = ''
    for (let seed = 1; seed <= PLANTED_SEEDS && found === ''; seed++) {
      const { problems } = await simulate({ seed, ...plan(seed, CASES), planted: bug })
      if (problems.length > 0)
        found = `seed ${String(seed).padStart(3)}  ${plan(seed, CASES).topology.name}: ${problems[0].slice(0, 110)}`
    }
    if (found === '') missed++
    console.log(`${bug.padEnd(width)}  ${found || `not found in ${PLANTED_SEEDS} seeds`}`)
  }
  console.log(`${PLANTED_BUGS.length - missed} passed, ${missed} failed`)
  return missed
}

/** Of each seed's run: a crash before and after every call that is made while input is fed. */
async function runEveryCall(): Promise<number> {
  let passed = 0
  let failed = 0
  for (const seed of seedRange(values.seeds)) {
    const { topology, guarantee } = plan(seed)
    const untouched = { call: Number.POSITIVE_INFINITY, phase: 'before' } as const
    const { calls } = await simulate({ seed, topology, guarantee, crashAt: untouched })
    for (let call = 1; call <= calls; call++) {
      for (const phase of ['before', 'after'] as const) {
        const { problems } = await simulate({ seed, topology, guarantee, crashAt: { call, phase } })
        if (problems.length === 0) passed++
        else {
          failed++
          console.log(`seed ${seed} ${topology.name} ${guarantee}, crash ${phase} call ${call}: ${problems[0]}`)
        }
      }
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed
}

const run = values.planted ? runPlanted : values['every-call'] ? runEveryCall : runSeeds
process.exitCode = (await run()) === 0 ? 0 : 1
